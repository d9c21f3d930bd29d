-- The number of a variant, and its name.
SELECT id, name FROM variant WHERE variant_id = :variant_id
