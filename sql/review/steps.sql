-- The steps of a variant's plan that have an accepted output, the last first; metrics are left out.
SELECT step.name
FROM standing
JOIN step ON step.id = standing.step
WHERE substr(step.name, 1, 7) <> 'metric:' AND standing.planned = 1 AND standing.status = 'accepted' AND standing.variant = :variant AND standing.repeat = :repeat
GROUP BY step.id
ORDER BY step.position DESC
