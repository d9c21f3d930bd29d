-- Every work item of the plan that is a row or a group, with what its ids are made of, in the order of the plan.
SELECT work_item.work_id, work_item.cache_id, work_item.source_kind, work_item.images, step.name AS step, task.task_id,
       input_row.row_id, input_row.fields, dataset.key_column, dataset.columns,
       row_group.group_key, row_group.group_context_id, row_group.row_count
FROM work_item
JOIN step ON step.id = work_item.step
JOIN task ON task.id = work_item.task
LEFT JOIN input_row ON input_row.id = work_item.input_row
LEFT JOIN row_group ON row_group.id = work_item.row_group
LEFT JOIN dataset ON dataset.id = coalesce(input_row.dataset, row_group.dataset)
WHERE work_item.planned = 1 AND (work_item.source_kind = 'row' OR work_item.source_kind = 'group')
ORDER BY work_item.step, work_item.position
