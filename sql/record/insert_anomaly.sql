-- Records something odd that a stage found.
INSERT INTO anomaly (manifest, kind, subject, detail) VALUES (:manifest, :kind, :subject, :detail)
