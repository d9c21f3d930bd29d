-- Records a step once.
INSERT INTO step (name, perspective, position) VALUES (:name, :perspective, :position) ON CONFLICT (name) DO NOTHING
