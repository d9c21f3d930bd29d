-- All gold answers, by the ids of rows or the keys of groups.
SELECT source, answer FROM temp.gold_answer ORDER BY source
