-- Opens one work item again, with a new sample.
UPDATE work_item
SET status = 'pending', attempts = 0, last_attempt = NULL, cache_entry = NULL, retried = cache_id,
    sample = 1 + max(sample, (SELECT coalesce(max(attempt.sample), 0) FROM attempt
                              WHERE attempt.work_item = work_item.id))
WHERE id = :work_item AND planned = 1
