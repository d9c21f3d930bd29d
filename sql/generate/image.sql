-- The bytes of an image.
SELECT data FROM image WHERE sha1 = :sha1
