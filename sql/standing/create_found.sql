-- The scratch table of what was found of exact tasks.
CREATE TEMP TABLE IF NOT EXISTS found (
    id           INTEGER PRIMARY KEY,
    status       TEXT NOT NULL,
    attempt      INTEGER NOT NULL,
    attempts     INTEGER NOT NULL,
    cache_entry  INTEGER,
    sample       INTEGER NOT NULL
) STRICT
