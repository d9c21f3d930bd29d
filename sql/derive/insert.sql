-- Adds a work item that is made from others.
INSERT INTO work_item (work_id, step, source_kind, input_row, row_group, item, path, position, planned, task, cache_id,
                       sample, status, attempts)
VALUES (:work_id, :step, :source_kind, :input_row, :row_group, :item, :path, :position, 1, :task, '', 1, 'pending', 0)
