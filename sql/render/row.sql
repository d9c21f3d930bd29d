-- One row of a data set, with the text in a column (its place), by which rows are grouped.
SELECT id, fields ->> :column AS group_key FROM input_row WHERE dataset = :dataset AND row_index = :row_index
