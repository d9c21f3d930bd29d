-- The verdicts on the current attempts of the last step by score, in tens, in order; 100 belongs to the last ten.
SELECT attempt.verdict,
       min(attempt.score / 10, 9) AS bin,
       count(*) AS attempts,
       sum(attempt.outcome = 'accepted') AS accepted
FROM attempt JOIN work_item ON work_item.id = attempt.work_item
WHERE attempt.verdict IS NOT NULL
    AND work_item.planned = 1
    AND work_item.step = (SELECT id FROM step ORDER BY position DESC LIMIT 1)
    AND attempt.cache_id = work_item.cache_id
    AND attempt.sample = work_item.sample
    AND attempt.id > (SELECT coalesce(max(last_attempt), 0) FROM set_aside
                      WHERE stage IN ('schema', 'contract', 'ingest', 'plan', 'generate'))
GROUP BY attempt.verdict, min(attempt.score / 10, 9)
ORDER BY attempt.verdict, bin
