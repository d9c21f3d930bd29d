-- Adds the work item that stands for the task itself.
INSERT INTO work_item (work_id, step, source_kind, item, position, planned, task, cache_id, sample, status, attempts)
VALUES (:work_id, :step, 'task', :item, 0, 1, :task, '', 1, 'pending', 0)
