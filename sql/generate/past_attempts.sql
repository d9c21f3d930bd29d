-- What was tried for a work item's exact task and sample, in the order of trying. What people decided holds as long as
-- the answers do that they decided on.
SELECT attempt.id, attempt.candidate, attempt.number, attempt.outcome, attempt.detail, attempt.verdict, attempt.score, attempt.reasons,
       call.answer, cache_entry.id AS cache_entry
FROM attempt
LEFT JOIN call ON call.id = attempt.call
LEFT JOIN cache_entry ON cache_entry.work_item = attempt.work_item AND cache_entry.attempt = attempt.id
WHERE attempt.work_item = :work_item AND attempt.cache_id = :cache_id
  AND attempt.sample - coalesce(attempt.candidate, 1) + 1 = :sample
  AND (attempt.id > :after
       OR attempt.outcome IN ('human_accepted', 'human_rejected')
          AND attempt.id > (SELECT coalesce(max(last_attempt), 0) FROM set_aside WHERE last_call > 0))
ORDER BY attempt.id
