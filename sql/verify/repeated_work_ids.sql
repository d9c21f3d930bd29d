-- Work ids that two work items of the plan share.
SELECT work_id FROM work_item WHERE planned = 1 GROUP BY step, work_id HAVING count(*) > 1 ORDER BY work_id LIMIT 20
