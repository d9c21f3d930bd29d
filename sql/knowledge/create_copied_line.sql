-- The lines of copied texts.
CREATE TABLE copied_line (
    text    INTEGER NOT NULL,
    number  INTEGER NOT NULL,
    line    TEXT NOT NULL,
    PRIMARY KEY (text, number)
) STRICT, WITHOUT ROWID
