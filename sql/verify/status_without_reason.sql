-- Decided work items of which their attempts do not say so: of the attempts since the last first one, :valid had an
-- output that was valid against the schema, and :answered got an answer.
SELECT work_item.work_id FROM work_item LEFT JOIN attempt ON attempt.id = work_item.last_attempt
WHERE work_item.planned = 1 AND work_item.status IN ('accepted', 'rejected', 'failed')
  AND work_item.status IS NOT CASE
    WHEN attempt.id IS NULL THEN NULL
    WHEN attempt.outcome = 'accepted' OR attempt.outcome = 'human_accepted' THEN 'accepted'
    WHEN attempt.outcome = 'human_rejected' THEN 'rejected'
    WHEN attempt.outcome NOT IN (SELECT value FROM json_each(:answered)) THEN 'failed'
    WHEN EXISTS (
        SELECT 1 FROM attempt AS tried
        WHERE tried.work_item = attempt.work_item AND tried.cache_id = attempt.cache_id
          AND tried.sample = attempt.sample AND tried.id <= attempt.id
          AND tried.outcome IN (SELECT value FROM json_each(:valid))
          AND tried.id >= (
              SELECT max(first.id) FROM attempt AS first
              WHERE first.work_item = attempt.work_item AND first.cache_id = attempt.cache_id
                AND first.sample = attempt.sample AND first.id <= attempt.id AND first.number = 1
          )
    ) THEN 'rejected'
    ELSE 'failed'
  END
ORDER BY work_item.position LIMIT 20
