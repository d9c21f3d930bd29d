-- Records one thing that a stage found odd.
INSERT INTO anomaly (manifest, kind, subject, detail) VALUES (:manifest, :kind, :subject, :detail)
