-- The answer that the tape holds for a request: the first that was read.
SELECT id, answer, finish FROM call
WHERE request = :request AND outcome = 'answered' AND id > :after ORDER BY id LIMIT 1
