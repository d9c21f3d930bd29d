-- The number of current attempts by outcome, in the order of that number.
SELECT outcome, count(*) AS attempts
FROM attempts
WHERE current AND variant = (SELECT name FROM variant WHERE id = 1) AND repeat = 1
  AND step IN (SELECT name FROM step WHERE position >= 0)
GROUP BY outcome
ORDER BY attempts DESC, outcome
