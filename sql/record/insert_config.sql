-- Records a configuration snapshot once.
INSERT INTO config (config_id, snapshot, created_at) VALUES (:config_id, :snapshot, :now)
ON CONFLICT (config_id) DO NOTHING
