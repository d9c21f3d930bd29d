-- Whether a person's decision holds for a work item of a step.
SELECT EXISTS (
    SELECT 1 FROM decision
    JOIN attempt ON attempt.id = decision.attempt
    JOIN work_item ON work_item.id = attempt.work_item AND work_item.last_attempt = attempt.id
    WHERE work_item.step = :step AND work_item.planned = 1
) AS decided
