-- The accepted outputs of a step under a variant that no person has decided on, in the order of the ids of their work items.
SELECT work_item.work_id, standing.id AS standing, cache_entry.output
FROM standing
JOIN work_item ON work_item.id = standing.work_item
JOIN step ON step.id = standing.step
JOIN cache_entry ON cache_entry.id = standing.cache_entry
LEFT JOIN decision ON decision.attempt = standing.last_attempt
WHERE standing.planned = 1 AND standing.status = 'accepted' AND standing.variant = :variant AND standing.repeat = :repeat
  AND decision.id IS NULL AND step.name = :step
ORDER BY work_item.work_id
