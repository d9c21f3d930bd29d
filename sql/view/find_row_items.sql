-- Planned work items that go back to one input row, in the order of their steps; of the step :step, where one is given.
SELECT work_item.id, work_item.work_id, step.name AS step, input_row.row_index, row_group.group_key
FROM work_item
JOIN step ON step.id = work_item.step
JOIN input_row ON input_row.id = work_item.input_row
LEFT JOIN row_group ON row_group.id = work_item.row_group
WHERE work_item.planned = 1 AND input_row.row_index = :row_index AND (:step IS NULL OR step.name = :step)
ORDER BY step.position, work_item.position LIMIT :most
