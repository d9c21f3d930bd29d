-- The rowid of a spec.
SELECT id FROM spec WHERE spec_id = :spec_id
