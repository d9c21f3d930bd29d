-- The latest attempt at a work item's exact task and sample that had an output, with that output or the answer it is in.
SELECT attempt.id, attempt.request, attempt.call, call.answer, call.finish, cache_entry.output
FROM work_item
JOIN attempt ON attempt.work_item = work_item.id AND attempt.cache_id = work_item.cache_id
    AND attempt.sample - coalesce(attempt.candidate, 1) + 1 = work_item.sample
LEFT JOIN call ON call.id = attempt.call
LEFT JOIN cache_entry ON cache_entry.work_item = attempt.work_item AND cache_entry.attempt = attempt.id
WHERE work_item.id = :item AND attempt.outcome IN (SELECT value FROM json_each(:valid))
ORDER BY (cache_entry.id = work_item.cache_entry) IS TRUE DESC, attempt.id DESC LIMIT 1
