-- One work item with its exact task and what it is made from.
SELECT work_item.work_id, work_item.step, step.name AS step_name, work_item.source_kind, work_item.planned,
       work_item.status, work_item.sample, work_item.retried, work_item.cache_id, work_item.reason, work_item.images,
       work_item.last_attempt, task.parts, input_row.row_id, input_row.row_index, input_row.dataset, input_row.fields,
       dataset.columns, row_group.id AS row_group, row_group.group_key
FROM work_item
JOIN step ON step.id = work_item.step
JOIN task ON task.id = work_item.task
LEFT JOIN input_row ON input_row.id = work_item.input_row
LEFT JOIN dataset ON dataset.id = input_row.dataset
LEFT JOIN row_group ON row_group.id = work_item.row_group
WHERE work_item.id = :item
