-- The scratch table of the work items that the plan asks for.
CREATE TEMP TABLE IF NOT EXISTS planned (
    position    INTEGER PRIMARY KEY,
    work_id     TEXT NOT NULL,
    source_kind TEXT NOT NULL,
    input_row   INTEGER,
    row_group   INTEGER,
    images      TEXT,
    cache_id    TEXT NOT NULL,
    known       INTEGER NOT NULL DEFAULT 0
) STRICT
