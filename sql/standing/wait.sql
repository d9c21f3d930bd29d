-- Gives the chosen standings the status that their sources leave them. Without an exact task they are not asked.
UPDATE standing
SET status = :status, reason = :reason, cache_id = '', attempts = 0, last_attempt = NULL, cache_entry = NULL,
    handed_on = 0
WHERE id IN (SELECT id FROM temp.chosen) AND (status, reason, cache_id) IS NOT (:status, :reason, '')
