-- Opens the chosen standings again for the same exact task and sample. Earlier attempts still count.
UPDATE standing SET status = 'pending', reason = NULL, cache_entry = NULL, handed_on = 0
WHERE id IN (SELECT id FROM temp.chosen)
