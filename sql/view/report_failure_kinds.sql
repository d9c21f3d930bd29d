-- The kinds of failures and rejections, in the order of their number.
SELECT status, kind, count(*) AS items FROM failures GROUP BY status, kind ORDER BY items DESC, status, kind
