-- The number of planned work items of a step before a position in its plan, by status.
SELECT status, count(*) AS items FROM standing
WHERE step = :step AND planned = 1 AND position < :before
GROUP BY status
