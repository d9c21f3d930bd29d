-- Gives the variant that has a name another one, with the beginning of its id, unless it is the variant that the name is
-- for.
UPDATE variant SET name = name || ' (' || substr(variant_id, 1, 8) || ')'
WHERE name = :name AND variant_id <> :variant_id
