-- A data set.
SELECT dataset_id, name, format, sha1, bytes, columns, types, key_column, row_count FROM dataset WHERE id = :dataset
