-- Records a task once.
INSERT INTO task (task_id, step, parts, created_at) VALUES (:task_id, :step, :parts, :now)
ON CONFLICT (task_id) DO NOTHING
