-- Attempts whose outcome says that an answer was read, but without a response that has one, in their order. A rule
-- needs no answer.
SELECT attempt.id
FROM attempt
CROSS JOIN task ON task.id = attempt.task
LEFT JOIN response ON response.id = attempt.response
WHERE attempt.outcome IN (SELECT value FROM json_each(:answered)) AND response.answer IS NULL
  AND task.parts ->> 'rule' IS NULL
ORDER BY attempt.id LIMIT 20
