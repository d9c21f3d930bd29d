-- The kinds of failures and rejections of each step of the task itself, in the order of their number.
SELECT step, status, kind, count(*) AS items FROM failures
WHERE variant = (SELECT name FROM variant WHERE id = 1) AND repeat = 1
GROUP BY step, status, kind
ORDER BY items DESC, status, kind, step
