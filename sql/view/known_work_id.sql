-- Whether a work item with this id is known, and whether it is in the latest plan.
SELECT coalesce(max(standing.planned), 0) AS planned
FROM work_item JOIN standing ON standing.work_item = work_item.id
WHERE work_item.work_id = :work_id
GROUP BY work_item.work_id
