-- The columns, the key and the format of a data set.
SELECT columns, types, key_column, row_count, format FROM dataset WHERE id = :dataset
