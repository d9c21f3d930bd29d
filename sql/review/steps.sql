-- The steps of the plan that have an accepted output, the last first.
SELECT step.name
FROM standing
JOIN step ON step.id = standing.step
WHERE standing.planned = 1 AND standing.status = 'accepted' AND standing.variant = 1 AND standing.repeat = 1
GROUP BY step.id
ORDER BY step.position DESC
