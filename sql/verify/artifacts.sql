-- Every artifact, in the order of recording.
SELECT id, name, media_type, bytes, sha1, row_count FROM artifact ORDER BY id
