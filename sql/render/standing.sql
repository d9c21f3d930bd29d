-- An open work item that has an exact task.
SELECT standing.id, standing.step AS step_rowid, standing.task, standing.cache_id, work_item.work_id, work_item.source_kind, input_row.row_index,
       row_group.group_key, step.name AS step
FROM standing
JOIN work_item ON work_item.id = standing.work_item
JOIN step ON step.id = standing.step
LEFT JOIN input_row ON input_row.id = standing.input_row
LEFT JOIN row_group ON row_group.id = standing.row_group
WHERE standing.work_item = :item AND standing.variant = 1 AND standing.repeat = 1 AND standing.planned = 1
    AND standing.status = 'pending' AND standing.cache_id <> ''
