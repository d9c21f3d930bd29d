-- Gives a standing the status that its sources leave it. Without an exact task it is not asked.
UPDATE standing
SET status = :status, reason = :reason, cache_id = '', attempts = 0, last_attempt = NULL, cache_entry = NULL,
    handed_on = 0
WHERE id = :standing
