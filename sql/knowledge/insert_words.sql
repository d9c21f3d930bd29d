-- Adds the words of a passage to the index.
INSERT INTO passage_word (rowid, words) VALUES (:id, :words)
