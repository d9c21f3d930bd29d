-- Whose decisions hold for work items of the plan, and how many, in the order of the names.
SELECT decision.decided_by,
       sum(attempt.outcome = 'human_accepted') AS accepted,
       sum(attempt.outcome = 'human_rejected') AS rejected
FROM decision
JOIN attempt ON attempt.id = decision.attempt
JOIN work_item ON work_item.id = attempt.work_item AND work_item.last_attempt = attempt.id
WHERE work_item.planned = 1
GROUP BY decision.decided_by
ORDER BY decision.decided_by
