-- Every work item of the plan that stands for the task itself, with what its ids are made of, in the order of recording.
SELECT work_item.work_id, work_item.cache_id, work_item.item, step.name AS step_name, task.task_id
FROM work_item
JOIN step ON step.id = work_item.step
JOIN task ON task.id = work_item.task
WHERE work_item.planned = 1 AND work_item.source_kind = 'task'
ORDER BY work_item.id
