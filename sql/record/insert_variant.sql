-- Records a variant once.
INSERT INTO variant (variant_id, name, overlay, created_at) VALUES (:variant_id, :name, :overlay, :now)
ON CONFLICT (variant_id) DO NOTHING
