-- Opens every decided work item of the plan again and asks for a new sample of each.
UPDATE work_item
SET status = 'pending', attempts = 0, last_attempt = NULL, cache_entry = NULL, sample = sample + 1,
    retried = cache_id
WHERE step = :step AND planned = 1 AND status <> 'pending'
