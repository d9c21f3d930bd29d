-- The scratch table of the columns that both files have, with where they stand.
CREATE TEMP TABLE IF NOT EXISTS shared_column (a INTEGER NOT NULL, b INTEGER NOT NULL) STRICT
