-- The number of attempts that accepted work items took, in order; :limit stands for itself and more.
SELECT min(standing.attempts, :limit) AS attempts, count(*) AS items
FROM standing
WHERE standing.status = 'accepted'
    AND standing.planned = 1 AND standing.variant = 1 AND standing.repeat = 1
GROUP BY min(standing.attempts, :limit)
ORDER BY 1
