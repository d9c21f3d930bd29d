-- How the tape says a request failed: the last failure on it.
SELECT id, error_kind, error FROM call
WHERE request = :request AND outcome = 'failed' AND id > :after ORDER BY id DESC LIMIT 1
