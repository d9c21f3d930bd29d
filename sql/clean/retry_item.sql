-- Opens one work item again, with a new sample.
UPDATE work_item
SET status = 'pending', attempts = 0, last_attempt = NULL, cache_entry = NULL, sample = sample + 1, retried = cache_id
WHERE id = :work_item
