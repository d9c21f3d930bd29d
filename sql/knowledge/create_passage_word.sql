-- The index of the words of passages. It keeps no text of its own.
CREATE VIRTUAL TABLE passage_word USING fts5 (words, content = '', tokenize = 'unicode61 remove_diacritics 2')
