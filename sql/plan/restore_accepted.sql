-- Answers open work items from the record where it holds an accepted output for their exact task. It begins at the open
-- ones: where little is open, little is looked at.
UPDATE work_item
SET status = 'accepted', cache_entry = entry.id, last_attempt = entry.attempt, attempts = entry.attempts,
    sample = entry.sample
FROM (
    SELECT pending.id AS work_item, max(cache_entry.id) AS id, cache_entry.attempt,
           CASE WHEN attempt.candidate IS NULL THEN attempt.number - (attempt.outcome = 'human_accepted') ELSE (
               SELECT sum(made) FROM (
                   SELECT max(tried.number) AS made FROM attempt AS tried
                   WHERE tried.work_item = attempt.work_item AND tried.cache_id = attempt.cache_id AND tried.id > :after
                     AND tried.sample - tried.candidate = attempt.sample - attempt.candidate
                   GROUP BY tried.sample
               )
           ) END AS attempts,
           attempt.sample - coalesce(attempt.candidate, 1) + 1 AS sample
    FROM work_item AS pending
    CROSS JOIN cache_entry ON cache_entry.work_item = pending.id
    CROSS JOIN attempt ON attempt.id = cache_entry.attempt
    WHERE pending.step = :step AND pending.planned = 1 AND pending.status = 'pending'
      AND attempt.id > :after AND attempt.cache_id = pending.cache_id
      AND NOT EXISTS (
          SELECT 1 FROM attempt AS later
          WHERE later.work_item = pending.id AND later.outcome = 'human_rejected' AND later.id > attempt.id
            AND later.cache_id = attempt.cache_id AND later.sample = attempt.sample - coalesce(attempt.candidate, 1) + 1
      )
    GROUP BY pending.id
) AS entry
WHERE entry.work_item = work_item.id
  AND NOT (work_item.retried IS work_item.cache_id AND entry.sample < work_item.sample)
