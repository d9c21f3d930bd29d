-- The accepted work items of the plan that no person has decided on, in the order of their ids.
SELECT work_item.id, work_item.work_id
FROM work_item
JOIN step ON step.id = work_item.step
LEFT JOIN decision ON decision.attempt = work_item.last_attempt
WHERE work_item.planned = 1 AND work_item.status = 'accepted' AND decision.id IS NULL
  AND (:step IS NULL OR step.name = :step)
ORDER BY work_item.work_id
