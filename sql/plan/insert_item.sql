-- Adds one work item of a step that has none on record.
INSERT INTO work_item (work_id, step, source_kind, input_row, row_group, images, position, planned, task, cache_id,
                       sample, status, attempts)
VALUES (:work_id, :step, :source_kind, :input_row, :row_group, :images, :position, 1, :task, :cache_id, 1, 'pending', 0)
