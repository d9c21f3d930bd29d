-- The next open work items of a step over the input that wait for another task than this one, after a place in the plan.
SELECT standing.id, standing.position, work_item.work_id, input_row.row_id, input_row.fields
FROM standing
CROSS JOIN work_item ON work_item.id = standing.work_item
CROSS JOIN input_row ON input_row.id = standing.input_row
WHERE standing.step = :step AND standing.planned = 1 AND standing.status = 'pending' AND standing.cache_id <> ''
  AND standing.position > :after AND standing.task <> :task
ORDER BY standing.position LIMIT 256
