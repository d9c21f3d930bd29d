-- Takes a standing out of the plan. What is recorded of it stays.
UPDATE standing
SET planned = 0, status = 'pending', reason = NULL, cache_id = '', attempts = 0, last_attempt = NULL,
    cache_entry = NULL,
    handed_on = 0
WHERE id = :standing
