-- Attempts whose outcome says that an answer was read, without a call that has one.
SELECT attempt.id FROM attempt LEFT JOIN call ON call.id = attempt.call
WHERE attempt.outcome IN (SELECT value FROM json_each(:answered)) AND call.answer IS NULL ORDER BY attempt.id LIMIT 20
