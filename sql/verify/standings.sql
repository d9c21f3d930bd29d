-- Every standing of a step with its work item, its row and its group, in the order of the plan.
SELECT standing.id, work_item.work_id, work_item.step AS item_step, work_item.source_kind,
       CASE work_item.source_kind WHEN 'row' THEN json_array('row',
       first_row.row_id) ELSE work_item.source END AS source,
       standing.variant, standing.repeat, standing.planned, standing.status, standing.item, standing.images, standing.task, task.task_id,
       standing.cache_id, standing.last_attempt, standing.open_sources, standing.handed_on, standing.position,
       coalesce(input_row.dataset, row_group.dataset) AS dataset, input_row.row_id, input_row.row_index,
       input_row.fields,
       row_group.group_key, row_group.group_context_id, row_group.row_count
FROM standing
CROSS JOIN work_item ON work_item.id = standing.work_item
CROSS JOIN task ON task.id = standing.task
LEFT JOIN input_row ON input_row.id = standing.input_row
LEFT JOIN input_row AS first_row ON first_row.id = work_item.input_row
LEFT JOIN row_group ON row_group.id = standing.row_group
WHERE standing.step = :step ORDER BY standing.position
