-- Remembers the standing and the output of every work item of the plan, before answers are read again.
INSERT INTO temp.read_before (id, status, output)
SELECT standing.id, standing.status, cache_entry.output
FROM standing
LEFT JOIN cache_entry ON cache_entry.id = standing.cache_entry
WHERE standing.planned = 1 AND standing.variant = 1 AND standing.repeat = 1
