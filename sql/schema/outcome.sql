-- How what was asked about the task as a whole ended, with the answer that decided it.
SELECT work_item.work_id, work_item.status, attempt.detail, call.answer
FROM work_item
LEFT JOIN attempt ON attempt.id = work_item.last_attempt
LEFT JOIN call ON call.id = attempt.call
WHERE work_item.step = :step AND work_item.planned = 1 AND work_item.source_kind = 'task'
