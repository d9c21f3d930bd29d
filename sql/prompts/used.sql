-- What was tried at each task: its work items, those with a valid answer, when, and what its answers cost. The order does
-- not matter.
SELECT attempt.task, count(DISTINCT attempt.work_item) AS items,
       count(DISTINCT CASE WHEN attempt.outcome = 'accepted' OR attempt.output IS NOT NULL THEN attempt.work_item END) AS valid,
       min(attempt.decided_at) AS first_used, max(attempt.decided_at) AS last_used,
       count(response.id) AS answers, count(response.cost_usd) AS priced, total(response.cost_usd) AS cost_usd
FROM attempt LEFT JOIN response ON response.id = attempt.response
GROUP BY attempt.task
