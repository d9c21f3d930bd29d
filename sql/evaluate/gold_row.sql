-- The place of a row of a data set.
SELECT row_index FROM input_row WHERE dataset = :dataset AND row_id = :row_id ORDER BY row_index LIMIT 1
