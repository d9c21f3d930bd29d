-- How many attempts the accepted work items of the last step took, in order; :limit stands for itself and more.
SELECT min(work_item.attempts, :limit) AS attempts, count(*) AS items
FROM work_item
WHERE work_item.status = 'accepted'
    AND work_item.planned = 1
    AND work_item.step = (SELECT id FROM step ORDER BY position DESC LIMIT 1)
GROUP BY min(work_item.attempts, :limit)
ORDER BY 1
