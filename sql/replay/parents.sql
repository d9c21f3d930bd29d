-- The standings of a step that have been handed on, in the order of the plan.
SELECT standing.id, work_item.work_id, standing.handed_on
FROM standing CROSS JOIN work_item ON work_item.id = standing.work_item
WHERE standing.step = :step AND standing.handed_on <> 0
ORDER BY standing.position, standing.id
