-- The work items of a plan with their exact tasks, in its order.
SELECT standing.position, work_item.work_id, standing.cache_id
FROM standing JOIN work_item ON work_item.id = standing.work_item
WHERE standing.step = :step AND standing.planned = 1 ORDER BY standing.position
