-- Records a step once.
INSERT INTO step (name, position) VALUES (:name, :position) ON CONFLICT (name) DO NOTHING
