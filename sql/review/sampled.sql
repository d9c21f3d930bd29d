-- The accepted work items of a variant's plan without a decision of a person, in the order of their ids.
SELECT work_item.id, work_item.work_id
FROM standing
JOIN work_item ON work_item.id = standing.work_item
JOIN step ON step.id = standing.step
LEFT JOIN decision ON decision.attempt = standing.last_attempt
WHERE standing.planned = 1 AND standing.status = 'accepted' AND standing.variant = :variant AND standing.repeat = :repeat
  AND decision.id IS NULL AND substr(step.name, 1, 7) <> 'metric:' AND (:step IS NULL OR step.name = :step)
ORDER BY work_item.work_id
