-- Where a work item stands after an attempt.
UPDATE work_item
SET status = :status, attempts = :attempts, last_attempt = :last_attempt, cache_entry = :cache_entry
WHERE id = :work_item
