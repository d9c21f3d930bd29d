-- Attempts that are not the first and have none before them, in order of recording.
SELECT attempt.id FROM attempt
WHERE attempt.number > 1 AND NOT EXISTS (
    SELECT 1 FROM attempt AS before
    WHERE before.work_item = attempt.work_item AND before.cache_id = attempt.cache_id
      AND before.sample = attempt.sample AND before.number = attempt.number - 1 AND before.id < attempt.id
)
ORDER BY attempt.id LIMIT 20
