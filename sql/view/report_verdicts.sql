-- The verdicts on the current attempts of the last step by score, in tens, in order; 100 belongs to the last ten.
SELECT verdict,
       min(score / 10, 9) AS bin,
       count(*) AS attempts,
       sum(outcome = 'accepted') AS accepted
FROM attempts
WHERE current AND step = (SELECT name FROM step ORDER BY position DESC LIMIT 1) AND verdict IS NOT NULL
GROUP BY verdict, min(score / 10, 9)
ORDER BY verdict, bin
