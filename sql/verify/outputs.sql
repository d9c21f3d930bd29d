-- Every accepted output with the attempt that led to it, in the order of recording.
SELECT cache_entry.id, cache_entry.first_line, cache_entry.attempt, work_item.work_id, step.name AS step, cache_entry.output, attempt.outcome, attempt.verdict,
       attempt.score, attempt.work_item = cache_entry.work_item AS same_item, attempt.task,
       CASE WHEN task.parts ->> '$.thoughts' = 'keep' THEN coalesce(response.thoughts, '') || response.answer
            ELSE response.answer END AS answer,
       decision.kind AS decided, coalesce(before.output, looked_at.output) AS before,
       before.first_line AS before_line, decision.looked_at, origin.output AS origin, origin.first_line AS origin_line
FROM cache_entry
CROSS JOIN attempt ON attempt.id = cache_entry.attempt
CROSS JOIN work_item ON work_item.id = cache_entry.work_item
CROSS JOIN task ON task.id = attempt.task
CROSS JOIN step ON step.id = work_item.step
CROSS JOIN cache_entry AS origin ON origin.id = (
    SELECT min(first.id) FROM cache_entry AS first
    WHERE first.work_item = cache_entry.work_item AND first.attempt = cache_entry.attempt
)
LEFT JOIN response ON response.id = attempt.response
LEFT JOIN decision ON decision.attempt = attempt.id
LEFT JOIN attempt AS looked_at ON looked_at.id = decision.looked_at
LEFT JOIN cache_entry AS before ON before.id = (
    SELECT min(first.id) FROM cache_entry AS first
    WHERE first.work_item = cache_entry.work_item AND first.attempt = decision.looked_at
)
ORDER BY cache_entry.id
