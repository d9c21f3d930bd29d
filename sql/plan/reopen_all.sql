-- Opens every decided work item of the plan before a position again and asks for a new sample of each.
UPDATE work_item
SET status = 'pending', attempts = 0, last_attempt = NULL, cache_entry = NULL, retried = cache_id,
    sample = 1 + max(sample, (SELECT coalesce(max(attempt.sample), 0) FROM attempt
                              WHERE attempt.work_item = work_item.id))
WHERE step = :step AND planned = 1 AND status <> 'pending' AND position < :before
