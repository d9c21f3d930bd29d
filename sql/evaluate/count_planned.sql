-- How many work items of a step are planned and decided.
SELECT count(*) AS items FROM standing WHERE step = :step AND planned = 1 AND status <> 'pending'
