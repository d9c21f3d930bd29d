-- The accepted work items of the plan without a decision of a person, in the order of their ids.
SELECT work_item.id, work_item.work_id
FROM standing
JOIN work_item ON work_item.id = standing.work_item
JOIN step ON step.id = standing.step
LEFT JOIN decision ON decision.attempt = standing.last_attempt
WHERE standing.planned = 1 AND standing.status = 'accepted' AND standing.variant = 1 AND standing.repeat = 1
  AND decision.id IS NULL AND (:step IS NULL OR step.name = :step)
ORDER BY work_item.work_id
