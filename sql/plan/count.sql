-- How many work items of the plan stand where.
SELECT status, sum(items) AS items FROM tally WHERE step = :step AND variant = 1 GROUP BY status
