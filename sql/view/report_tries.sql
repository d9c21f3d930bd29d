-- How many attempts the accepted work items took, in order; :limit stands for itself and more.
SELECT min(work_item.attempts, :limit) AS attempts, count(*) AS items
FROM work_item
WHERE work_item.status = 'accepted'
    AND work_item.planned = 1
GROUP BY min(work_item.attempts, :limit)
ORDER BY 1
