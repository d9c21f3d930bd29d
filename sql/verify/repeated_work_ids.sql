-- Work ids that several work items have, in their order. The index on their first characters finds the candidates.
SELECT work_item.work_id
FROM (
    SELECT substr(work_id, 1, 16) AS beginning FROM work_item GROUP BY substr(work_id, 1, 16) HAVING count(*) > 1
) AS shared
CROSS JOIN work_item ON substr(work_item.work_id, 1, 16) = shared.beginning
GROUP BY work_item.work_id HAVING count(*) > 1
ORDER BY work_item.work_id LIMIT 20
