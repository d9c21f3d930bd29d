-- Adds one work item. It belongs to the base of the step.
INSERT INTO work_item (work_id, step, source_kind, input_row, source)
SELECT :work_id, base, :source_kind, :input_row, :source FROM step WHERE id = :step
