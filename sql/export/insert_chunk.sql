-- Adds a chunk to an artifact.
INSERT INTO artifact_chunk (artifact, encoding, data) VALUES (:artifact, :encoding, :data)
