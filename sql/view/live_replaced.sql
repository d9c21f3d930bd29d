-- The latest accepted output of an exact task that its work item no longer has.
SELECT cache_entry.output, attempt.number AS attempts, attempt.score
FROM attempt CROSS JOIN cache_entry ON cache_entry.work_item = attempt.work_item AND cache_entry.attempt = attempt.id
WHERE attempt.work_item = :work_item AND attempt.cache_id = :cache_id
ORDER BY attempt.id DESC LIMIT 1
