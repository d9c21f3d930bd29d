-- Whether a step was planned with a task.
SELECT EXISTS (SELECT 1 FROM plan WHERE step = :step AND task = :task) AS planned
