-- Of the chosen standings, keeps those of the steps :steps (a list of rowids).
DELETE FROM temp.chosen
WHERE id IN (
    SELECT chosen.id FROM temp.chosen CROSS JOIN standing ON standing.id = chosen.id
    WHERE standing.step NOT IN (SELECT value FROM json_each(:steps))
)
