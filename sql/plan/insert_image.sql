-- Records an image once.
INSERT INTO image (sha1, media_type, bytes, data) VALUES (:sha1, :media_type, :bytes, :data)
ON CONFLICT (sha1) DO NOTHING
