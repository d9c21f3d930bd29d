-- In how many passages each word stands: the index itself would have to count them for each question.
CREATE TABLE term_count (term TEXT PRIMARY KEY, passages INTEGER NOT NULL) STRICT, WITHOUT ROWID
