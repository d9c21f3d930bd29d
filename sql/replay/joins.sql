-- The planned standings of a step that joins others, in the order of the plan.
SELECT standing.id, work_item.work_id, standing.status, standing.reason, standing.cache_id, standing.open_sources
FROM standing CROSS JOIN work_item ON work_item.id = standing.work_item
WHERE standing.step = :step AND standing.planned = 1
ORDER BY standing.position, standing.id
