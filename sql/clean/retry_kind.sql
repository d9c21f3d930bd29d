-- Opens the failed and rejected work items of the plan again whose last attempt ended in one way, with a new sample each.
UPDATE work_item
SET status = 'pending', attempts = 0, last_attempt = NULL, cache_entry = NULL, retried = cache_id,
    sample = 1 + max(sample, (SELECT coalesce(max(attempt.sample), 0) FROM attempt
                              WHERE attempt.work_item = work_item.id))
WHERE planned = 1 AND status IN ('failed', 'rejected')
  AND (SELECT outcome FROM attempt WHERE attempt.id = work_item.last_attempt) = :kind
