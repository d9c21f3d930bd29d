-- The passages of a collection, in a database of their own.
CREATE TABLE passage (
    id            INTEGER PRIMARY KEY,
    input_row     INTEGER NOT NULL,
    document      TEXT NOT NULL,
    title         TEXT NOT NULL,
    heading_path  TEXT NOT NULL,
    line_start    INTEGER NOT NULL,
    line_end      INTEGER NOT NULL,
    page          INTEGER,
    text          TEXT NOT NULL
) STRICT
