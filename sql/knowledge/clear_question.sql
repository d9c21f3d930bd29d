-- Empties the index of a question.
INSERT INTO question_word (question_word) VALUES ('delete-all')
