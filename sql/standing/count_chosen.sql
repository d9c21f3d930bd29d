-- The number of chosen standings, and how many of them are planned and decided.
SELECT count(*) AS chosen,
       count(*) FILTER (WHERE standing.planned = 1 AND standing.status <> 'pending') AS decided
FROM temp.chosen CROSS JOIN standing ON standing.id = chosen.id
