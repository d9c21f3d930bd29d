-- The type of an image.
SELECT media_type FROM image WHERE sha1 = :sha1
