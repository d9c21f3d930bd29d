-- Empties the scratch table of chosen standings.
DELETE FROM temp.chosen
