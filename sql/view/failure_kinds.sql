-- The number of failed and rejected work items of the plan by reason, in the order of frequency.
SELECT step, status, kind, count(*) AS items FROM failures
GROUP BY step, status, kind ORDER BY items DESC, step, status, kind
