-- Opens rejected and failed work items before a position again that may be tried more often than they were.
UPDATE work_item SET status = 'pending'
FROM attempt
WHERE attempt.id = work_item.last_attempt AND attempt.outcome <> 'judge_invalid'
  AND attempt.outcome <> 'human_rejected'
  AND work_item.step = :step AND work_item.planned = 1 AND work_item.status IN ('rejected', 'failed')
  AND work_item.attempts < :max_attempts AND work_item.position < :before
