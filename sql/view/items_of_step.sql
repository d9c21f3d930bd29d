-- The work items of a step in the latest plan with what they are named by and how they ended, in the order of the plan.
-- `key` is the value of the input's key column.
SELECT work_item.id, work_item.work_id, work_item.source_kind, step.name AS step, standing.status,
       standing.attempts, attempt.outcome, attempt.detail, attempt.verdict, attempt.score, standing.reason,
       input_row.row_index, row_group.group_key,
       (SELECT input_row.fields ->> ('$[' || place.key || ']')
        FROM json_each(dataset.columns) AS place WHERE place.value = dataset.key_column LIMIT 1) AS key
FROM step
CROSS JOIN standing ON standing.step = step.id
CROSS JOIN work_item ON work_item.id = standing.work_item
LEFT JOIN input_row ON input_row.id = standing.input_row
LEFT JOIN dataset ON dataset.id = input_row.dataset
LEFT JOIN row_group ON row_group.id = standing.row_group
LEFT JOIN attempt ON attempt.id = standing.last_attempt
WHERE step.id = :step AND standing.planned = 1
ORDER BY standing.position, standing.path, work_item.work_id
