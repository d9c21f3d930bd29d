-- Answers an open work item from the record where it holds an accepted output for its exact task.
UPDATE work_item
SET status = 'accepted', cache_entry = entry.id, last_attempt = entry.attempt, attempts = entry.attempts,
    sample = entry.sample
FROM (
    SELECT cache_entry.id, cache_entry.attempt,
           CASE WHEN attempt.candidate IS NULL THEN attempt.number - (attempt.outcome = 'human_accepted') ELSE (
               SELECT sum(made) FROM (
                   SELECT max(tried.number) AS made FROM attempt AS tried
                   WHERE tried.work_item = attempt.work_item AND tried.cache_id = attempt.cache_id AND tried.id > :after
                     AND tried.sample - tried.candidate = attempt.sample - attempt.candidate
                   GROUP BY tried.sample
               )
           ) END AS attempts,
           attempt.sample - coalesce(attempt.candidate, 1) + 1 AS sample
    FROM cache_entry JOIN attempt ON attempt.id = cache_entry.attempt
    WHERE cache_entry.work_item = :item AND attempt.id > :after AND attempt.cache_id = :cache_id
      AND NOT EXISTS (
          SELECT 1 FROM attempt AS later
          WHERE later.work_item = :item AND later.outcome = 'human_rejected' AND later.id > attempt.id
            AND later.cache_id = attempt.cache_id AND later.sample = attempt.sample - coalesce(attempt.candidate, 1) + 1
      )
    ORDER BY cache_entry.id DESC LIMIT 1
) AS entry
WHERE work_item.id = :item AND NOT (work_item.retried IS work_item.cache_id AND entry.sample < work_item.sample)
