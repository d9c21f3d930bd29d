-- Where the work item of a row stands in a step of the task itself, by work id.
SELECT work_item.id AS work_item, standing.id, standing.status, standing.cache_id, standing.position
FROM work_item
CROSS JOIN standing ON standing.work_item = work_item.id AND standing.variant = 1 AND standing.repeat = 1
WHERE substr(work_item.work_id, 1, 16) = substr(:work_id, 1, 16) AND work_item.work_id = :work_id
  AND work_item.step = (SELECT base FROM step WHERE id = :step)
