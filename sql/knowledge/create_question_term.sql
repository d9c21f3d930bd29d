-- Reads the words in the index of a question.
CREATE VIRTUAL TABLE question_term USING fts5vocab (question_word, 'row')
