-- The first of some work items by their ids, in that order.
SELECT work_item.id, work_item.work_id
FROM json_each(:work_items) AS chosen
CROSS JOIN work_item ON work_item.id = chosen.value
ORDER BY work_item.work_id LIMIT :limit
