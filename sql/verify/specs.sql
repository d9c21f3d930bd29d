-- Every spec, in order of recording.
SELECT spec_id, body FROM spec ORDER BY id
