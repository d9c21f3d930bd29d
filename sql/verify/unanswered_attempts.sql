-- Attempts whose outcome says that an answer was read, without a call that has one. A rule needs no answer.
SELECT attempt.id FROM attempt JOIN task ON task.id = attempt.task LEFT JOIN call ON call.id = attempt.call
WHERE attempt.outcome IN (SELECT value FROM json_each(:answered)) AND call.answer IS NULL
  AND task.parts ->> 'rule' IS NULL
ORDER BY attempt.id LIMIT 20
