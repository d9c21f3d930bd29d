-- Points a standing at its output with other lines. What is made from it is looked at again.
UPDATE standing SET cache_entry = :cache_entry, handed_on = 0 WHERE id = :standing
