-- Every attempt at a schema that was checked as one, with its answer, in the order of recording.
SELECT attempt.id, attempt.outcome, attempt.detail, response.answer
FROM attempt
CROSS JOIN work_item ON work_item.id = attempt.work_item
CROSS JOIN response ON response.id = attempt.response
WHERE work_item.source_kind = 'task' AND (attempt.outcome = 'accepted' OR attempt.outcome = 'invalid_schema')
ORDER BY attempt.id
