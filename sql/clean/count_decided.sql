-- How many work items of the plan are decided.
SELECT count(*) AS n FROM work_item WHERE planned = 1 AND status <> 'pending'
