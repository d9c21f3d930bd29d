-- Records what requests have in common, once.
INSERT INTO spec (spec_id, provider, model, body) VALUES (:spec_id, :provider, :model, :body)
ON CONFLICT (spec_id) DO NOTHING
