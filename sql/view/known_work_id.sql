-- Whether the work items with this id, if there are any, are planned.
SELECT standing.planned
FROM work_item
CROSS JOIN standing ON standing.work_item = work_item.id AND standing.variant = 1 AND standing.repeat = 1
WHERE substr(work_item.work_id, 1, 16) = substr(:work_id, 1, 16) AND work_item.work_id = :work_id
