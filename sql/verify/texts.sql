-- Every shared text, in order of recording.
SELECT id, sha1, body FROM text ORDER BY id
