-- The latest artifact with a name.
SELECT id, name, media_type, bytes, sha1, row_count FROM artifact WHERE name = :name ORDER BY id DESC LIMIT 1
