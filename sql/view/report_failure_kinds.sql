-- The kinds of failures and rejections of each step, in the order of their number.
SELECT step, status, kind, count(*) AS items FROM failures GROUP BY step, status, kind
ORDER BY items DESC, status, kind, step
