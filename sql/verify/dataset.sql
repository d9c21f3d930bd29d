-- A data set's columns, and its key.
SELECT columns, key_column, row_count FROM dataset WHERE id = :dataset
