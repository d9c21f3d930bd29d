-- The scratch table of gold answers: by the id of a row of the input, or by the key of a group.
CREATE TEMP TABLE IF NOT EXISTS gold_answer (source TEXT PRIMARY KEY, answer TEXT NOT NULL) STRICT, WITHOUT ROWID
