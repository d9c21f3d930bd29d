-- The number of times that the perspectives of each step agreed on each field of short values, in the order of steps
-- and fields.
SELECT step, field, count(*) AS compared, sum(agreed) AS agreed
FROM agreements
GROUP BY step, field
HAVING max(length(answers)) <= :longest
ORDER BY step, field
