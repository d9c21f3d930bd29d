-- Adds a gold answer to the scratch table.
INSERT INTO temp.gold_answer (source, answer) VALUES (:source, :answer)
