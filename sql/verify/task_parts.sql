-- The parts of a task.
SELECT parts FROM task WHERE id = :task
