-- One work item with its source and its accepted output.
SELECT work_item.work_id, step.name AS step, work_item.source_kind, work_item.planned, work_item.status,
       work_item.attempts, work_item.sample, work_item.cache_id, task.task_id,
       work_item.item, work_item.reason,
       input_row.row_id, input_row.row_index, input_row.line, input_row.fields, dataset.columns, dataset.name AS dataset,
       row_group.group_key, row_group.row_count AS group_rows, row_group.included_rows, text.body AS context,
       cache_entry.output
FROM work_item
JOIN step ON step.id = work_item.step
JOIN task ON task.id = work_item.task
LEFT JOIN input_row ON input_row.id = work_item.input_row
LEFT JOIN dataset ON dataset.id = input_row.dataset
LEFT JOIN row_group ON row_group.id = work_item.row_group
LEFT JOIN text ON text.id = row_group.context
LEFT JOIN cache_entry ON cache_entry.id = work_item.cache_entry
WHERE work_item.id = :item
