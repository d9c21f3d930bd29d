-- Empties the scratch table of what the record says.
DELETE FROM temp.found
