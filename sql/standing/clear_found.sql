-- Empties the scratch table of what was found of exact tasks.
DELETE FROM temp.found
