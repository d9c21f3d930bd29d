-- Opens the work items of the plan with a status again, with a new sample each.
UPDATE work_item
SET status = 'pending', attempts = 0, last_attempt = NULL, cache_entry = NULL, sample = sample + 1, retried = cache_id
WHERE planned = 1 AND status = :status
