-- Adds a work item to the scratch table of a plan.
INSERT INTO temp.planned (position, work_id, source_kind, source, input_row, row_group, images, cache_id)
VALUES (:position, :work_id, :source_kind, :source, :input_row, :row_group, :images, :cache_id)
