-- What was tried for a work item's exact task and sample, in the order of trying.
SELECT attempt.id, attempt.number, attempt.outcome, attempt.detail, attempt.verdict, attempt.score, attempt.reasons,
       call.answer, cache_entry.id AS cache_entry
FROM attempt
LEFT JOIN call ON call.id = attempt.call
LEFT JOIN cache_entry ON cache_entry.work_item = attempt.work_item AND cache_entry.attempt = attempt.id
WHERE attempt.work_item = :work_item AND attempt.cache_id = :cache_id AND attempt.sample = :sample
  AND attempt.id > :after
ORDER BY attempt.id
