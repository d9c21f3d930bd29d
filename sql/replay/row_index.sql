-- The place of a row in its data set.
SELECT row_index FROM input_row WHERE id = :row
