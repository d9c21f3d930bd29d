-- Every work item that is planned, or was before a replay, and whether it stands where it stood, in the order of the plan.
SELECT step.name AS step, work_item.work_id,
       work_item.planned = (outcome.id IS NOT NULL) AND work_item.status IS outcome.status
           AND cache_entry.output IS outcome.output AS same
FROM work_item
JOIN step ON step.id = work_item.step
LEFT JOIN temp.outcome ON outcome.id = work_item.id
LEFT JOIN cache_entry ON cache_entry.id = work_item.cache_entry
WHERE work_item.planned = 1 OR outcome.id IS NOT NULL
ORDER BY step.position, work_item.position, work_item.id
