-- The number of failed and rejected work items of the plan by reason, variant and repeat, in the order of frequency.
SELECT step, status, kind, variant, repeat, count(*) AS items FROM failures
GROUP BY step, status, kind, variant, repeat ORDER BY items DESC, step, status, kind, variant, repeat
