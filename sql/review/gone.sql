-- The number of decided work items of the task itself that are not in the plan any more. Those that wait for what they are made from (they
-- have no exact task) are counted only where `is_done` says that nothing is open.
SELECT count(DISTINCT attempt.work_item) AS items
FROM decision
CROSS JOIN attempt ON attempt.id = decision.attempt
CROSS JOIN standing ON standing.work_item = attempt.work_item AND standing.variant = 1 AND standing.repeat = 1
CROSS JOIN step ON step.id = standing.step
WHERE decision.variant = 1 AND decision.repeat = 1 AND standing.planned = 0 AND step.position >= 0 AND (standing.cache_id <> '' OR :is_done)
