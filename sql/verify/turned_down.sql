-- Every output of an answer that did not pass, in the order of recording. The output of a rule has no answer.
SELECT attempt.id, attempt.task, attempt.output,
       CASE WHEN task.parts ->> '$.thoughts' = 'keep' THEN coalesce(response.thoughts, '') || response.answer
            ELSE response.answer END AS answer
FROM attempt
CROSS JOIN response ON response.id = attempt.response
CROSS JOIN task ON task.id = attempt.task
WHERE attempt.output IS NOT NULL AND attempt.outcome <> 'human_rejected'
ORDER BY attempt.id
