-- What a task is made of.
SELECT parts FROM task WHERE id = :task
