-- Attempts with a number above 1 and no attempt before them, in the order of recording. Decisions of people come after
-- all attempts.
SELECT attempt.id FROM attempt
WHERE attempt.number > 1 AND NOT EXISTS (
    SELECT 1 FROM attempt AS before
    WHERE before.work_item = attempt.work_item AND before.cache_id = attempt.cache_id
      AND before.sample = attempt.sample AND before.round IS attempt.round
      AND before.number = attempt.number - 1 AND before.id < attempt.id
)
  AND attempt.outcome <> 'human_accepted' AND attempt.outcome <> 'human_rejected'
ORDER BY attempt.id LIMIT 20
