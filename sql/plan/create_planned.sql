-- The scratch table of the work items of a plan.
CREATE TEMP TABLE IF NOT EXISTS planned (
    position     INTEGER PRIMARY KEY,
    work_id      TEXT NOT NULL,
    source_kind  TEXT NOT NULL,
    source       TEXT,
    input_row    INTEGER,
    row_group    INTEGER,
    images       TEXT,
    cache_id     TEXT NOT NULL,
    work_item    INTEGER,
    is_new       INTEGER NOT NULL DEFAULT 0
) STRICT
