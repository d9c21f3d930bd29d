-- The scratch table of what the run file holds of a plan.
CREATE TEMP TABLE IF NOT EXISTS forecast (
    position  INTEGER PRIMARY KEY,
    sample    INTEGER NOT NULL,
    state     TEXT NOT NULL,
    tape_after  INTEGER NOT NULL
) STRICT
