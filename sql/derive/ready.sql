-- Opens a work item for an exact task, with the newest sample that was asked for it.
UPDATE work_item
SET status = 'pending', reason = NULL, cache_id = :cache_id, attempts = 0, last_attempt = NULL, cache_entry = NULL,
    sample = CASE WHEN retried IS :cache_id THEN sample ELSE coalesce(
        (SELECT max(attempt.sample - coalesce(attempt.candidate, 1) + 1) FROM attempt
         WHERE attempt.work_item = work_item.id AND attempt.cache_id = :cache_id),
        sample
    ) END
WHERE id = :item
