-- Every attempt at a task with evidence, in the order of recording: its answer, its output and the first one
-- that was accepted of it; with the row that its claims were held against, as long as that is what the work item stands for.
SELECT attempt.id, attempt.task, attempt.outcome, attempt.candidate, attempt.output, work_item.work_id, decision.kind AS decided,
       CASE WHEN task.parts ->> '$.thoughts' = 'keep' THEN coalesce(response.thoughts, '') || response.answer
            ELSE response.answer END AS answer,
       entry.output AS accepted, entry.first_line, input_row.fields, dataset.columns
FROM attempt
CROSS JOIN task ON task.id = attempt.task
CROSS JOIN work_item ON work_item.id = attempt.work_item
LEFT JOIN decision ON decision.attempt = attempt.id
LEFT JOIN response ON response.id = attempt.response
LEFT JOIN cache_entry AS entry ON entry.id = (
    SELECT min(first.id) FROM cache_entry AS first
    WHERE first.work_item = attempt.work_item AND first.attempt = attempt.id
)
LEFT JOIN standing ON standing.work_item = work_item.id AND standing.variant = 1 AND standing.repeat = 1
    AND standing.cache_id = attempt.cache_id
LEFT JOIN input_row ON input_row.id = standing.input_row
LEFT JOIN dataset ON dataset.id = input_row.dataset
WHERE attempt.task IN (SELECT declaring.id FROM task AS declaring WHERE declaring.parts -> '$.evidence' IS NOT NULL)
ORDER BY attempt.id
