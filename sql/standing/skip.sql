-- Marks a standing as skipped, with the reason.
UPDATE standing
SET status = 'skipped', reason = :reason, attempts = 0, last_attempt = NULL, cache_entry = NULL, handed_on = 0
WHERE id = :standing
