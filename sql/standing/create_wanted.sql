-- The scratch table of exact tasks to look up; `round` is 0 where there is none, as is `tape_round`, the
-- latest round that set the answers of this work item aside. `people` says whether decisions of people count: they are made
-- on the task itself, and no variant has them.
CREATE TEMP TABLE IF NOT EXISTS wanted (
    id         INTEGER PRIMARY KEY,
    work_item  INTEGER NOT NULL,
    cache_id   TEXT NOT NULL,
    round      INTEGER NOT NULL,
    sample     INTEGER NOT NULL,
    tape_round INTEGER NOT NULL,
    people     INTEGER NOT NULL
) STRICT
