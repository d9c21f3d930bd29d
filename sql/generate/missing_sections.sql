-- The fields that accepted outputs of a step lack with this problem in `parse_errors`, with the number of outputs of each,
-- by name.
SELECT said.value ->> 'field' AS field, count(*) AS outputs
FROM standing
CROSS JOIN cache_entry ON cache_entry.id = standing.cache_entry
CROSS JOIN json_each(cache_entry.output, '$.parse_errors') AS said
WHERE standing.step = :step AND standing.planned = 1 AND said.value ->> 'problem' = :problem
GROUP BY 1 ORDER BY 1
