-- How many work items of a step are planned.
SELECT count(*) AS items FROM standing WHERE step = :step AND planned = 1
