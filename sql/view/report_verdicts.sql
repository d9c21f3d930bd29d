-- The verdicts on the current attempts by score, in tens, in order; 100 belongs to the last ten. Attempts that the same
-- answers of judges were used for have one verdict between them.
WITH judged AS (
    SELECT attempt.verdict, attempt.score, attempt.outcome = 'accepted' AS accepted,
           coalesce((SELECT group_concat(verdict.response ORDER BY verdict.response)
                     FROM verdict WHERE verdict.attempt = attempt.id), 'attempt ' || attempt.id) AS responses
    FROM step
    CROSS JOIN standing ON standing.step = step.id
    CROSS JOIN attempt ON attempt.work_item = standing.work_item
    WHERE step.position >= 0
        AND standing.planned = 1 AND standing.variant = 1 AND standing.repeat = 1
        AND attempt.verdict IS NOT NULL
        AND attempt.cache_id = standing.cache_id
        AND attempt.sample - coalesce(attempt.candidate, 1) + 1 = standing.sample
        AND (standing.last_attempt IS attempt.id OR coalesce(attempt.round, 0) >= coalesce(standing.round, 0))
),
given AS (
    SELECT verdict, score, max(accepted) AS accepted, count(*) AS attempts
    FROM judged GROUP BY responses, verdict, score
)
SELECT verdict,
       min(score / 10, 9) AS bin,
       count(*) AS verdicts,
       sum(attempts) AS attempts,
       sum(accepted) AS accepted,
       min(score) AS lowest,
       max(score) AS highest,
       sum(score) AS total
FROM given
GROUP BY verdict, min(score / 10, 9)
ORDER BY verdict, bin
