-- The people whose decisions are in force in the plan, with the number of these, in the order of the names.
SELECT decision.decided_by,
       sum(attempt.outcome = 'human_accepted') AS accepted,
       sum(attempt.outcome = 'human_rejected') AS rejected
FROM decision
JOIN attempt ON attempt.id = decision.attempt
JOIN standing ON standing.work_item = attempt.work_item AND standing.last_attempt = attempt.id
WHERE standing.planned = 1
GROUP BY decision.decided_by
ORDER BY decision.decided_by
