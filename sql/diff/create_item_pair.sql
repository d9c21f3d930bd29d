-- The scratch table of work items: those of both files with one id are a pair. `verdict` is NULL where none has one.
CREATE TEMP TABLE IF NOT EXISTS item_pair (
    work_id  TEXT NOT NULL,
    a        INTEGER,
    b        INTEGER,
    output   TEXT NOT NULL,
    verdict  TEXT
) STRICT
