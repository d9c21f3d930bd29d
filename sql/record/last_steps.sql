-- The last step of the task of a variant, or all perspectives of it, in the order of the task. Metrics that ask a model
-- are no steps of the task.
WITH last AS (
    SELECT id, name, perspective FROM step
    WHERE variant = :variant AND repeat = :repeat AND name NOT LIKE 'metric:%'
    ORDER BY position DESC LIMIT 1
)
SELECT step.id, step.name, step.perspective
FROM last
CROSS JOIN step
WHERE step.id = last.id
   OR (step.variant = :variant AND step.repeat = :repeat AND step.position >= 0
       AND substr(step.name, 1, length(step.name) - length(step.perspective))
       = substr(last.name, 1, length(last.name) - length(last.perspective)))
ORDER BY step.position, step.id
