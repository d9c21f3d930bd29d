-- The rowid of a task.
SELECT id FROM task WHERE task_id = :task_id
