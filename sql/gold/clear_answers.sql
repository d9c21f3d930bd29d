-- Empties the scratch table of gold answers.
DELETE FROM temp.gold_answer
