-- Records a shared text once.
INSERT INTO text (sha1, body) VALUES (:sha1, :body) ON CONFLICT (sha1) DO NOTHING
