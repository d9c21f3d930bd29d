-- A batch of a live run, if a data set has this rowid and this name.
SELECT row_count, created_at FROM dataset WHERE id = :dataset AND name = :name AND format = 'live'
