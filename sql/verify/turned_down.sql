-- Every output of an answer that did not pass, in the order of recording. The output of a rule has no answer.
SELECT attempt.id, attempt.task, attempt.output, response.answer
FROM attempt CROSS JOIN response ON response.id = attempt.response
WHERE attempt.output IS NOT NULL AND attempt.outcome <> 'human_rejected'
ORDER BY attempt.id
