-- Every data set of a table, in order of recording.
SELECT id, columns, key_column, row_count FROM dataset WHERE format <> 'documents' ORDER BY id
