-- Every attempt that is a decision of a person or claims to be one, with what it is about, in the order of recording.
SELECT attempt.id, attempt.task, attempt.outcome, attempt.detail, attempt.reasons, attempt.output, decision.kind,
       decision.reason,
       decision.decided_by, decision.decided_at IS attempt.decided_at AS same_time,
       looked_at.id IS NULL OR (
           looked_at.work_item = attempt.work_item AND looked_at.cache_id = attempt.cache_id
           AND looked_at.id < attempt.id
           AND looked_at.request IS attempt.request AND looked_at.response IS attempt.response
       ) AS is_about_it,
       coalesce(entry.output, looked_at.output) AS before, entry.first_line AS before_line, looked_at.id AS looked_at,
       CASE WHEN task.parts ->> '$.thoughts' = 'keep' THEN coalesce(response.thoughts, '') || response.answer
            ELSE response.answer END AS answer
FROM attempt
CROSS JOIN task ON task.id = attempt.task
LEFT JOIN decision ON decision.attempt = attempt.id
LEFT JOIN attempt AS looked_at ON looked_at.id = decision.looked_at
LEFT JOIN cache_entry AS entry ON entry.id = (
    SELECT min(first.id) FROM cache_entry AS first
    WHERE first.work_item = looked_at.work_item AND first.attempt = looked_at.id
)
LEFT JOIN response ON response.id = attempt.response
WHERE decision.id IS NOT NULL OR attempt.outcome = 'human_accepted' OR attempt.outcome = 'human_rejected'
ORDER BY attempt.id
