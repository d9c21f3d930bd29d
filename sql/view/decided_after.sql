-- The next standings of the plan that are decided, in the order in which the record took them in.
SELECT id
FROM standing
WHERE id > :after AND planned = 1 AND status IN ('accepted', 'rejected', 'failed', 'skipped')
ORDER BY id LIMIT 256
