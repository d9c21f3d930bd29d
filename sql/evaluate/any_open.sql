-- Whether a work item of a variant's task is still open, before a position in the plan.
SELECT EXISTS (
    SELECT 1
    FROM step
    CROSS JOIN standing ON standing.step = step.id AND standing.position < :before
    WHERE step.variant = :variant AND step.repeat <= :repeats AND step.position >= 0
      AND substr(step.name, 1, 7) <> 'metric:' AND standing.planned = 1 AND standing.status = 'pending'
) AS is_open
