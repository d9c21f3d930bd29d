-- The gold answer of a row or a group.
SELECT answer FROM temp.gold_answer WHERE source = :source
