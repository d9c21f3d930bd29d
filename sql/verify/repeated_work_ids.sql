-- The beginnings of work ids that several work items have, in their order.
SELECT substr(work_id, 1, 16) AS work_id FROM work_item
GROUP BY substr(work_id, 1, 16) HAVING count(*) > 1 ORDER BY substr(work_id, 1, 16) LIMIT 20
