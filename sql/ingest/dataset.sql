-- A data set.
SELECT dataset_id, name, format, sha1, bytes, columns, key_column, row_count FROM dataset WHERE id = :dataset
