-- How many attempts at the chosen work items count so far: those of the latest round in which they were set aside, and
-- of later ones.
SELECT count(*) AS n
FROM temp.chosen
CROSS JOIN standing ON standing.id = chosen.id
CROSS JOIN attempt ON attempt.work_item = standing.work_item
WHERE coalesce(attempt.round, 0) >= max(:round, coalesce(standing.set_aside, 0))
