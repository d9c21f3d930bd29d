-- Every data set, in order of recording.
SELECT id, columns, key_column FROM dataset ORDER BY id
