-- Answers open work items from the record where it holds an accepted output for their exact task.
UPDATE work_item
SET status = 'accepted', cache_entry = entry.id, last_attempt = entry.attempt, attempts = entry.number,
    sample = entry.sample
FROM (
    SELECT max(cache_entry.id) AS id, cache_entry.work_item, cache_entry.attempt, attempt.cache_id, attempt.number,
           attempt.sample
    FROM cache_entry JOIN attempt ON attempt.id = cache_entry.attempt
    WHERE attempt.id > :after
    GROUP BY cache_entry.work_item, attempt.cache_id
) AS entry
WHERE entry.work_item = work_item.id AND entry.cache_id = work_item.cache_id
  AND NOT (work_item.retried IS work_item.cache_id AND entry.sample < work_item.sample)
  AND work_item.step = :step AND work_item.planned = 1 AND work_item.status = 'pending'
