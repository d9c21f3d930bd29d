-- Merges the index into one piece, so that questions are answered quickly.
INSERT INTO passage_word (passage_word) VALUES ('optimize')
