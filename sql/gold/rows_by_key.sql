-- The rows of the input that have a row of gold, which has the same text in its column :key as they have in their column
-- :column, in the order of the input.
WITH gold AS MATERIALIZED (
    SELECT fields ->> :key AS key, fields FROM input_row WHERE dataset = :gold
)
SELECT input.row_id AS source, gold.fields
FROM input_row AS input CROSS JOIN gold ON gold.key = input.fields ->> :column
WHERE input.dataset = :input ORDER BY input.row_index
