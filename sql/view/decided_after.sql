-- The next planned standings that are decided, in the order of recording.
SELECT id
FROM standing
WHERE id > :after AND planned = 1 AND status IN ('accepted', 'rejected', 'failed', 'skipped')
ORDER BY id LIMIT 256
