-- How many claims of each step have which status: those of accepted outputs, of work items that were not accepted, and
-- of earlier attempts under the current task. In the order of the steps.
WITH found AS (
    SELECT step.position, step.name AS step, claim.status,
           CASE
               WHEN standing.last_attempt IS NOT attempt.id THEN 'earlier'
               WHEN standing.status = 'accepted' THEN 'accepted'
               ELSE 'refused'
           END AS of
    FROM standing
    CROSS JOIN attempt ON attempt.work_item = standing.work_item AND attempt.cache_id = standing.cache_id
        AND (standing.last_attempt IS attempt.id OR coalesce(attempt.round, 0) >= coalesce(standing.round, 0))
    CROSS JOIN claim ON claim.attempt = attempt.id
    CROSS JOIN step ON step.id = standing.step
    WHERE standing.planned = 1 AND standing.variant = 1 AND standing.repeat = 1
)
SELECT step, of, status, count(*) AS claims
FROM found
GROUP BY position, step, of, status
ORDER BY position, step, of, status
