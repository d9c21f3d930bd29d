-- The work items of the plan with a status that no person has decided on, in the order of the plan.
SELECT work_item.id
FROM work_item
JOIN step ON step.id = work_item.step
LEFT JOIN decision ON decision.attempt = work_item.last_attempt
WHERE work_item.planned = 1 AND work_item.status = :status AND decision.id IS NULL
  AND (:step IS NULL OR step.name = :step)
ORDER BY step.position, work_item.position, work_item.id
