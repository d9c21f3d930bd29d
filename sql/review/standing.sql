-- The standing of a work item under a variant, in a repeat, with its exact task.
SELECT standing.id, work_item.work_id, standing.planned, standing.status, standing.task, standing.cache_id,
       standing.round, standing.sample, standing.attempts, step.name AS step
FROM standing
JOIN work_item ON work_item.id = standing.work_item
JOIN step ON step.id = standing.step
WHERE standing.work_item = :item AND standing.variant = :variant AND standing.repeat = :repeat
