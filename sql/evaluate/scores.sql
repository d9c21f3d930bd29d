-- The scores that a metric's step gave, each with the work item that it scored. Of one that is not decided there is no row,
-- and of one that failed no score. The order does not matter.
SELECT parent.work_item, cache_entry.output ->> '$.score' AS score
FROM standing
CROSS JOIN edge ON edge.child = standing.id
CROSS JOIN standing AS parent ON parent.id = edge.parent
LEFT JOIN cache_entry ON cache_entry.id = standing.cache_entry
WHERE standing.step = :step AND standing.planned = 1 AND standing.status NOT IN ('pending', 'skipped')
