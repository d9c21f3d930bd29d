-- The rowid of a shared text.
SELECT id FROM text WHERE sha1 = :sha1
