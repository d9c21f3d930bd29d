-- The parts of a task, with the schema of its outputs.
SELECT parts FROM task WHERE id = :task
