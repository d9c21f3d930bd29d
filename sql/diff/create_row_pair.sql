-- The scratch table of rows: rows of both files with the same id are a pair.
CREATE TEMP TABLE IF NOT EXISTS row_pair (
    row_id  TEXT NOT NULL,
    a       INTEGER,
    b       INTEGER,
    change  TEXT NOT NULL
) STRICT
