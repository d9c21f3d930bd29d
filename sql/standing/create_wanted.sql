-- The scratch table of exact tasks that are looked up in the record; `round` is 0 where there was none.
CREATE TEMP TABLE IF NOT EXISTS wanted (
    id         INTEGER PRIMARY KEY,
    work_item  INTEGER NOT NULL,
    cache_id   TEXT NOT NULL,
    round      INTEGER NOT NULL,
    sample     INTEGER NOT NULL
) STRICT
