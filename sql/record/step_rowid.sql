-- The rowid of a step.
SELECT id FROM step WHERE name = :name
