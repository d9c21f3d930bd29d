-- Opens the chosen standings for their exact task and sample again; what was tried stays counted.
UPDATE standing SET status = 'pending', reason = NULL, cache_entry = NULL, handed_on = 0
WHERE id IN (SELECT id FROM temp.chosen)
