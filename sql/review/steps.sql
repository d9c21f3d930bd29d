-- The steps of the plan that have an accepted output which no person has decided on, the last first.
SELECT step.name
FROM standing
JOIN step ON step.id = standing.step
LEFT JOIN decision ON decision.attempt = standing.last_attempt
WHERE standing.planned = 1 AND standing.status = 'accepted' AND standing.variant = 1 AND standing.repeat = 1
  AND decision.id IS NULL
GROUP BY step.id
ORDER BY step.position DESC
