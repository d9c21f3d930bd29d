-- Adds passages without words, with the ids from :first to :last.
INSERT INTO passage_word (rowid, words)
WITH RECURSIVE empty (id) AS (SELECT :first UNION ALL SELECT id + 1 FROM empty WHERE id < :last)
SELECT id, '' FROM empty
