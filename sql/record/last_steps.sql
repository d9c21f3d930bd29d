-- The last step of the task, or all perspectives of it, in the order of the task.
WITH last AS (
    SELECT id, name, perspective FROM step ORDER BY position DESC LIMIT 1
)
SELECT step.id, step.name, step.perspective
FROM last
CROSS JOIN step
WHERE step.id = last.id
   OR (step.position >= 0 AND substr(step.name, 1, length(step.name) - length(step.perspective))
       = substr(last.name, 1, length(last.name) - length(last.perspective)))
ORDER BY step.position, step.id
