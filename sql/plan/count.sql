-- The number of work items of the plan by status.
SELECT status, sum(items) AS items FROM tally WHERE step = :step GROUP BY variant, status
