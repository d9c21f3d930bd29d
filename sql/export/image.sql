-- The type of an image, and its size in bytes.
SELECT media_type, bytes FROM image WHERE sha1 = :sha1
