-- A work item with its standing under a variant, in a repeat, its exact task and its source.
SELECT work_item.work_id, work_item.source_kind, standing.id AS standing, standing.step, step.name AS step_name,
       standing.planned, standing.status, standing.sample, standing.round,
       coalesce(standing.set_aside, 0) AS set_aside, coalesce(standing.tape_aside, 0) AS tape_round,
       coalesce((SELECT round.invocation FROM round WHERE round.id = standing.tape_aside), 0) AS tape_after,
       standing.cache_id, standing.reason,
       standing.images, standing.last_attempt, task.parts, input_row.row_id, input_row.row_index, input_row.dataset,
       input_row.fields, dataset.columns, row_group.id AS row_group, row_group.group_key
FROM standing
JOIN work_item ON work_item.id = standing.work_item
JOIN step ON step.id = standing.step
JOIN task ON task.id = standing.task
LEFT JOIN input_row ON input_row.id = standing.input_row
LEFT JOIN dataset ON dataset.id = input_row.dataset
LEFT JOIN row_group ON row_group.id = standing.row_group
WHERE standing.work_item = :item AND standing.variant = :variant AND standing.repeat = :repeat
