-- Adds the work items that the record does not have yet, in the order of the plan.
INSERT INTO work_item (work_id, step, source_kind, input_row, row_group, images, position, planned, task, cache_id,
                       sample, status, attempts)
SELECT work_id, :step, source_kind, input_row, row_group, images, position, 1, :task, cache_id, 1, 'pending', 0
FROM temp.planned WHERE known = 0 ORDER BY position
