-- The rowid of a step under a variant, in a repeat.
SELECT id FROM step WHERE name = :name AND variant = :variant AND repeat = :repeat
