-- The documents whose lines are copied, in a database of their own.
CREATE TABLE copied_document (
    dataset     INTEGER NOT NULL,
    name        TEXT NOT NULL,
    text        INTEGER NOT NULL,
    line_count  INTEGER NOT NULL,
    PRIMARY KEY (dataset, name)
) STRICT, WITHOUT ROWID
