-- The standing of a work item with its exact task.
SELECT standing.id, work_item.work_id, standing.planned, standing.status, standing.task, standing.cache_id,
       standing.round, standing.sample, standing.attempts
FROM standing JOIN work_item ON work_item.id = standing.work_item
WHERE standing.work_item = :item AND standing.variant = 1 AND standing.repeat = 1
