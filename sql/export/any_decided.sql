-- Whether a decision of a person is in force for any work item of a step.
SELECT EXISTS (
    SELECT 1 FROM decision
    JOIN attempt ON attempt.id = decision.attempt
    JOIN standing ON standing.work_item = attempt.work_item AND standing.last_attempt = attempt.id
    WHERE standing.step = :step AND standing.planned = 1
) AS decided
