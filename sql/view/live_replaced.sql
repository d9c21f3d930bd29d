-- The attempts at an exact task that its work item no longer has, latest first, each with its output if it was accepted.
SELECT cache_entry.output, attempt.number AS attempts, attempt.verdict, attempt.score, response.model
FROM attempt
LEFT JOIN cache_entry ON cache_entry.work_item = attempt.work_item AND cache_entry.attempt = attempt.id
LEFT JOIN response ON response.id = attempt.response
WHERE attempt.work_item = :work_item AND attempt.cache_id = :cache_id
ORDER BY attempt.id DESC
