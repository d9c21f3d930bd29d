-- The verdicts on the current attempts by score, in tens, in order; 100 belongs to the last ten.
SELECT verdict,
       min(score / 10, 9) AS bin,
       count(*) AS attempts,
       sum(outcome = 'accepted') AS accepted,
       min(score) AS lowest,
       max(score) AS highest,
       sum(score) AS total
FROM attempts
WHERE current AND step IN (SELECT name FROM step WHERE position >= 0) AND verdict IS NOT NULL
GROUP BY verdict, min(score / 10, 9)
ORDER BY verdict, bin
