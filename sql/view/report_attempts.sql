-- How the current attempts of the last step ended, in the order of their number.
SELECT outcome, count(*) AS attempts
FROM attempts
WHERE current AND step = (SELECT name FROM step ORDER BY position DESC LIMIT 1)
GROUP BY outcome
ORDER BY attempts DESC, outcome
