-- The columns and the key of a data set.
SELECT columns, types, key_column, row_count FROM dataset WHERE id = :dataset
