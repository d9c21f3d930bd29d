-- Work ids that several work items have, in their order.
SELECT work_id FROM work_item GROUP BY work_id HAVING count(*) > 1 ORDER BY work_id LIMIT 20
