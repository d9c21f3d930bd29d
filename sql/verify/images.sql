-- Every image, in order of recording.
SELECT sha1, media_type, bytes, data FROM image ORDER BY id
