-- How many work items of the plan failed or were rejected for which reason, the most frequent first.
SELECT step, status, kind, count(*) AS items FROM failures
GROUP BY step, status, kind ORDER BY items DESC, step, status, kind
