-- Empties the scratch table of exact tasks to look up.
DELETE FROM temp.wanted
