-- Whether a work item of a step was ever tried or decided, by whatever task.
SELECT EXISTS (
    SELECT 1 FROM standing CROSS JOIN attempt ON attempt.work_item = standing.work_item WHERE standing.step = :step
) AS decided
