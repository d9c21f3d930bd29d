-- Lets a standing stand where what it is made from leaves it; without an exact task it is not asked.
UPDATE standing
SET status = :status, reason = :reason, cache_id = '', attempts = 0, last_attempt = NULL, cache_entry = NULL, handed_on = 0
WHERE id = :standing
