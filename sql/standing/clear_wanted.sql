-- Empties the scratch table of exact tasks.
DELETE FROM temp.wanted
