-- The fields of the rows :rows, in the order of the input.
SELECT fields FROM input_row WHERE id IN (SELECT value FROM json_each(:rows)) ORDER BY row_index
