-- The ids of the rows of a data set, in the order of the input.
SELECT id, row_id FROM input_row WHERE dataset = :dataset ORDER BY row_index
