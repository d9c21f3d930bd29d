-- Planned work items of a variant that go back to one input row, in the order of their steps; only of the step :step if it is given.
-- All of them have the plan position of the row.
SELECT work_item.id, work_item.work_id, step.name AS step, input_row.row_index, row_group.group_key
FROM step
CROSS JOIN standing ON standing.step = step.id AND standing.position = :row_index
JOIN input_row ON input_row.id = standing.input_row AND input_row.row_index = :row_index
JOIN work_item ON work_item.id = standing.work_item
LEFT JOIN row_group ON row_group.id = standing.row_group
WHERE standing.planned = 1 AND standing.variant = :variant AND standing.repeat = :repeat AND (:step IS NULL OR step.name = :step)
ORDER BY step.position, standing.position, standing.path, work_item.work_id LIMIT :most
