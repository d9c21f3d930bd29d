-- Every data set, in order of recording.
SELECT id, columns, key_column, row_count FROM dataset ORDER BY id
