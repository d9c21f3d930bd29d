-- Names a variant.
UPDATE variant SET name = :name WHERE variant_id = :variant_id AND name <> :name
