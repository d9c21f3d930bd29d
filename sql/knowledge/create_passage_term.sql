-- Reads the words in the index of passages, each with its number of passages.
CREATE VIRTUAL TABLE passage_term USING fts5vocab (passage_word, 'row')
