-- The scratch table of row ids that more than one row may have.
CREATE TEMP TABLE suspect (row_id TEXT PRIMARY KEY) STRICT, WITHOUT ROWID
