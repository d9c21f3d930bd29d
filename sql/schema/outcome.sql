-- The standing of the work item that stands for the task itself, with the answer that decided it.
SELECT work_item.work_id, standing.status, attempt.detail, response.answer
FROM standing
JOIN work_item ON work_item.id = standing.work_item
LEFT JOIN attempt ON attempt.id = standing.last_attempt
LEFT JOIN response ON response.id = attempt.response
WHERE standing.step = :step AND standing.planned = 1 AND work_item.source_kind = 'task'
