-- Empties the scratch table of standings.
DELETE FROM temp.chosen
