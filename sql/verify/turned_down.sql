-- Every output that an answer had and that did not pass, in order of recording. What a rule works out has no answer.
SELECT attempt.id, attempt.task, attempt.output, response.answer
FROM attempt CROSS JOIN response ON response.id = attempt.response
WHERE attempt.output IS NOT NULL AND attempt.outcome <> 'human_rejected'
ORDER BY attempt.id
