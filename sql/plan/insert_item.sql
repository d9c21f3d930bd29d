-- Adds one work item.
INSERT INTO work_item (work_id, step, source_kind, input_row, source)
VALUES (:work_id, :step, :source_kind, :input_row, :source)
