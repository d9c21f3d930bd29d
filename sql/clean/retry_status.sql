-- Opens the work items of the plan with a status again, with a new sample each.
UPDATE work_item
SET status = 'pending', attempts = 0, last_attempt = NULL, cache_entry = NULL, retried = cache_id,
    sample = 1 + max(sample, (SELECT coalesce(max(attempt.sample), 0) FROM attempt
                              WHERE attempt.work_item = work_item.id))
WHERE planned = 1 AND status = :status
