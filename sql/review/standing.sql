-- Where a work item stands, and what its exact task demands of an output.
SELECT work_item.work_id, work_item.planned, work_item.status, work_item.task, work_item.cache_id, work_item.sample,
       work_item.attempts, work_item.cache_entry, task.parts
FROM work_item JOIN task ON task.id = work_item.task
WHERE work_item.id = :item
