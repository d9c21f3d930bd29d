-- The most frequent reasons in the verdicts on the current attempts, in the order of their number. Attempts that the
-- same answers of judges were used for have one verdict between them.
WITH judged AS (
    SELECT attempt.reasons, attempt.outcome = 'accepted' AS accepted,
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
    SELECT reasons, max(accepted) AS accepted FROM judged GROUP BY responses, reasons
)
SELECT CAST(reason.value AS TEXT) AS reason, count(*) AS times, sum(given.accepted = 0) AS turned_down
FROM given JOIN json_each(given.reasons) AS reason
WHERE reason.value IS NOT NULL
GROUP BY reason.value
ORDER BY times DESC, reason
LIMIT :limit
