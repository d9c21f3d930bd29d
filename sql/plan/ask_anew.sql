-- Asks for a new sample of open work items that the record would decide.
UPDATE work_item
SET retried = cache_id,
    sample = 1 + max(sample, (SELECT coalesce(max(attempt.sample), 0) FROM attempt
                              WHERE attempt.work_item = work_item.id))
WHERE step = :step AND planned = 1 AND status = 'pending' AND position < :before
  AND EXISTS (SELECT 1 FROM attempt
              WHERE attempt.work_item = work_item.id AND attempt.cache_id = work_item.cache_id
                AND attempt.sample = work_item.sample
                AND (attempt.outcome = 'accepted' OR attempt.number >= :max_attempts))
