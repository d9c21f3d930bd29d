-- Every task, in order of recording.
SELECT task.task_id, task.parts, step.name AS step FROM task JOIN step ON step.id = task.step ORDER BY task.id
