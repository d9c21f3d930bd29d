-- The rowid that the next data set will have.
SELECT coalesce(max(id), 0) + 1 AS id FROM dataset
