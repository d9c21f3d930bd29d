-- Attempts whose verdict does not follow from what their judges said, in the order of recording.
SELECT attempt.id
FROM verdict
JOIN attempt ON attempt.id = verdict.attempt
JOIN task ON task.id = attempt.task
WHERE attempt.verdict IS NOT NULL AND task.parts ->> '$.judge.rule' IS NOT NULL
GROUP BY attempt.id
HAVING (attempt.verdict = 'PASS') <> CASE task.parts ->> '$.judge.rule'
    WHEN 'all' THEN min(verdict.verdict = 'PASS')
    WHEN 'majority' THEN 2 * sum(verdict.verdict = 'PASS') > count(*)
    ELSE sum(verdict.score) >= (task.parts ->> '$.judge.min_score') * count(*)
END
ORDER BY attempt.id LIMIT 20
