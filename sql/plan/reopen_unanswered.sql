-- Opens failed work items before a position again whose last attempt got no answer: asking again can help.
UPDATE work_item SET status = 'pending'
FROM attempt
WHERE attempt.id = work_item.last_attempt
  AND attempt.outcome IN (SELECT value FROM json_each(:unanswered))
  AND work_item.step = :step AND work_item.planned = 1 AND work_item.status = 'failed'
  AND work_item.position < :before
