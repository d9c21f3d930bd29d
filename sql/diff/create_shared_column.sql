-- The scratch table of the columns that both files have, with their positions.
CREATE TEMP TABLE IF NOT EXISTS shared_column (a INTEGER NOT NULL, b INTEGER NOT NULL) STRICT
