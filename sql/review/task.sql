-- What a task is made of, and so what it demands of an output.
SELECT parts FROM task WHERE id = :task
