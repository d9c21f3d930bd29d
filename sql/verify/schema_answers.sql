-- Every attempt at a schema that was checked as one, with its answer and what is wrong with that, in the order of
-- recording.
SELECT attempt.id, attempt.outcome, attempt.detail,
       CASE WHEN task.parts ->> '$.thoughts' = 'keep' THEN coalesce(response.thoughts, '') || response.answer
            ELSE response.answer END AS answer,
       CASE WHEN task.parts ->> '$.thoughts' = 'keep' AND response.thoughts IS NOT NULL AND response.answer = '' THEN NULL
            ELSE response.error END AS problem
FROM attempt
CROSS JOIN work_item ON work_item.id = attempt.work_item
CROSS JOIN response ON response.id = attempt.response
CROSS JOIN task ON task.id = attempt.task
WHERE work_item.source_kind = 'task' AND (attempt.outcome = 'accepted' OR attempt.outcome = 'invalid_schema')
ORDER BY attempt.id
