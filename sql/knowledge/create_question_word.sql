-- The index of the words of one question, by the same rules.
CREATE VIRTUAL TABLE question_word USING fts5 (words, content = '', tokenize = 'unicode61 remove_diacritics 2')
