-- The scratch table of work items: the standings of both files whose work items have one id are a pair. `verdict` is NULL
-- where none has one.
CREATE TEMP TABLE IF NOT EXISTS item_pair (
    work_id  TEXT NOT NULL,
    a        INTEGER,
    b        INTEGER,
    output   TEXT NOT NULL,
    verdict  TEXT
) STRICT
