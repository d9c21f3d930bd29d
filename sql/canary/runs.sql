-- The finished runs of a pin over a canary set, in their order; those over a part of it are marked.
SELECT id, number, variant, first_rows IS NOT NULL AS is_part, models, fingerprints FROM canary
WHERE pin_id = :pin_id AND dataset = :dataset ORDER BY number
