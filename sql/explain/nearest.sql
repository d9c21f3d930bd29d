-- The attempt nearest to a work item's exact task and sample that is not for just these, or does not count any more: the
-- latest for the same exact task, else the latest of all.
SELECT attempt.id, attempt.work_item, attempt.number, attempt.sample, attempt.cache_id, attempt.outcome, attempt.invocation,
       attempt.decided_at, attempt.request, attempt.call, attempt.judge_call, task.parts, invocation.command
FROM attempt
JOIN task ON task.id = attempt.task
JOIN invocation ON invocation.id = attempt.invocation
WHERE attempt.work_item = :item
  AND NOT (attempt.cache_id = :cache_id AND attempt.sample = :sample AND attempt.id > :after)
ORDER BY attempt.cache_id = :cache_id DESC, attempt.id DESC LIMIT 1
