-- Remembers from which state of a work item a step made its own.
INSERT INTO derivation (parent, step, task, planned, status, cache_entry, input_row, row_group)
SELECT id, :step, :task, planned, status, cache_entry, input_row, row_group FROM work_item WHERE id = :parent
ON CONFLICT (parent, step) DO UPDATE
SET task = excluded.task, planned = excluded.planned, status = excluded.status, cache_entry = excluded.cache_entry,
    input_row = excluded.input_row, row_group = excluded.row_group
