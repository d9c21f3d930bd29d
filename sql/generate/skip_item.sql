-- Leaves a work item out, and says why.
UPDATE work_item
SET status = 'skipped', reason = :reason, attempts = 0, last_attempt = NULL, cache_entry = NULL
WHERE id = :item
