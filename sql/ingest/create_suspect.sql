-- The scratch table of row ids that may occur more than once.
CREATE TEMP TABLE suspect (row_id TEXT PRIMARY KEY) STRICT, WITHOUT ROWID
