-- Lets the latest decision of a person on the very same task and sample hold for open work items. What was decided on
-- answers that were set aside holds no more.
UPDATE work_item
SET status = CASE decided.outcome WHEN 'human_accepted' THEN 'accepted' ELSE 'rejected' END,
    last_attempt = decided.id, attempts = decided.number - 1, cache_entry = decided.cache_entry
FROM (
    SELECT max(attempt.id) AS id, attempt.work_item, attempt.cache_id, attempt.sample, attempt.number, attempt.outcome,
           cache_entry.id AS cache_entry
    FROM decision
    JOIN attempt ON attempt.id = decision.attempt
    LEFT JOIN cache_entry ON cache_entry.work_item = attempt.work_item AND cache_entry.attempt = attempt.id
    WHERE attempt.id > (SELECT coalesce(max(last_attempt), 0) FROM set_aside WHERE last_call > 0)
    GROUP BY attempt.work_item, attempt.cache_id, attempt.sample
) AS decided
WHERE decided.work_item = work_item.id AND decided.cache_id = work_item.cache_id AND decided.sample = work_item.sample
  AND work_item.step = :step AND work_item.planned = 1 AND work_item.status = 'pending'
