-- The scratch table of exact tasks to look up; `round` is 0 where there is none, as is `tape_round`, the
-- latest round that set the answers of this work item aside. Decisions of people count in the variant and the repeat that
-- they were made in.
CREATE TEMP TABLE IF NOT EXISTS wanted (
    id         INTEGER PRIMARY KEY,
    work_item  INTEGER NOT NULL,
    cache_id   TEXT NOT NULL,
    round      INTEGER NOT NULL,
    sample     INTEGER NOT NULL,
    tape_round INTEGER NOT NULL,
    variant    INTEGER NOT NULL,
    repeat     INTEGER NOT NULL
) STRICT
