-- Records a task once.
INSERT INTO task (task_id, step, parts, created_at) SELECT :task_id, base, :parts, :now FROM step WHERE id = :step
ON CONFLICT (task_id) DO NOTHING
