-- Adds the words of a question to its index.
INSERT INTO question_word (rowid, words) VALUES (1, :words)
