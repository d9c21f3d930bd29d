-- The scratch table of work items: standings of both files whose work items have the same id are a pair. `verdict` is
-- NULL where neither file has one.
CREATE TEMP TABLE IF NOT EXISTS item_pair (
    work_id  TEXT NOT NULL,
    a        INTEGER,
    b        INTEGER,
    output   TEXT NOT NULL,
    verdict  TEXT
) STRICT
