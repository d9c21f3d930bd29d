-- Every attempt at a schema that was held to the rules of one, with its answer, in the order of recording.
SELECT attempt.id, attempt.outcome, attempt.detail, call.answer
FROM attempt
JOIN work_item ON work_item.id = attempt.work_item
JOIN call ON call.id = attempt.call
WHERE work_item.source_kind = 'task' AND (attempt.outcome = 'accepted' OR attempt.outcome = 'invalid_schema')
ORDER BY attempt.id
