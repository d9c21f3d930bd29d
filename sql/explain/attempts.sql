-- The attempts at a work item for one exact task and sample that still count, in the order in which they were decided.
SELECT attempt.id, attempt.work_item, attempt.number, attempt.sample, attempt.cache_id, attempt.outcome, attempt.invocation,
       attempt.decided_at, attempt.request, attempt.call, attempt.judge_call, task.parts, invocation.command
FROM attempt
JOIN task ON task.id = attempt.task
JOIN invocation ON invocation.id = attempt.invocation
WHERE attempt.work_item = :item AND attempt.cache_id = :cache_id AND attempt.sample = :sample AND attempt.id > :after
ORDER BY attempt.id
