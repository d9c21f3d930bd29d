-- Completes an artifact.
INSERT INTO artifact (id, manifest, name, media_type, bytes, sha1, row_count, created_at)
VALUES (:id, :manifest, :name, :media_type, :bytes, :sha1, :row_count, :now)
