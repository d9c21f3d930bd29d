-- The rows of the input with the row of gold that stands at the same place of the same file, in the order of the input.
SELECT input.row_id AS source, gold.fields
FROM input_row AS input CROSS JOIN input_row AS gold ON gold.dataset = :gold AND gold.row_index = input.row_index
WHERE input.dataset = :input ORDER BY input.row_index
