-- The first work item of a step in the order of the plan that has an exact task.
SELECT standing.id, work_item.work_id, input_row.row_index, row_group.group_key
FROM standing
JOIN work_item ON work_item.id = standing.work_item
LEFT JOIN input_row ON input_row.id = standing.input_row
LEFT JOIN row_group ON row_group.id = standing.row_group
WHERE standing.step = :step AND standing.planned = 1
    AND standing.cache_id <> ''
ORDER BY standing.position, standing.path, work_item.work_id LIMIT 1
