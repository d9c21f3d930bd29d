-- Adds the work items that the run file does not have yet, in the order of the plan.
INSERT INTO work_item (id, work_id, step, source_kind, input_row, source)
SELECT work_item, work_id, (SELECT base FROM step WHERE id = :step), source_kind, CASE WHEN source IS NULL THEN input_row END, source
FROM temp.planned
WHERE is_new = 1 ORDER BY position
