-- The scores (0 to 100) that a metric's step gave, each with the standing of the output that it is about, in the order of
-- the plan; NULL where there is none.
SELECT edge.parent AS standing, cache_entry.output ->> '$.score' AS score
FROM standing
CROSS JOIN edge ON edge.child = standing.id
LEFT JOIN cache_entry ON cache_entry.id = standing.cache_entry AND standing.status = 'accepted'
WHERE standing.step = :step AND standing.planned = 1 ORDER BY standing.position, standing.path
