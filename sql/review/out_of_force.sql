-- The number of work items of the task itself with a decision about an earlier task or input and none that is in force.
SELECT count(DISTINCT attempt.work_item) AS items
FROM decision
CROSS JOIN attempt ON attempt.id = decision.attempt
CROSS JOIN standing ON standing.work_item = attempt.work_item AND standing.variant = 1 AND standing.repeat = 1
WHERE decision.variant = 1 AND decision.repeat = 1 AND standing.planned = 1 AND standing.cache_id <> attempt.cache_id
  AND NOT EXISTS (SELECT 1 FROM decision AS later WHERE later.attempt = standing.last_attempt)
