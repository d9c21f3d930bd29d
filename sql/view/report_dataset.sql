-- A data set.
SELECT name, format, sha1, bytes, columns, key_column, row_count FROM dataset WHERE id = :dataset
