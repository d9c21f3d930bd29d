-- Completes a data set: from here on its rows cannot change.
INSERT INTO dataset (id, dataset_id, role, name, format, sha1, bytes, columns, types, key_column, row_count, created_at)
VALUES (:id, :dataset_id, :role, :name, :format, :sha1, :bytes, :columns, :types, :key_column, :row_count, :now)
