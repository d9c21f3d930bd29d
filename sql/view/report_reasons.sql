-- The reasons that the judge gave most often, in the order of their number.
SELECT CAST(reason.value AS TEXT) AS reason,
       count(*) AS times,
       sum(attempt.outcome <> 'accepted') AS turned_down
FROM attempt
JOIN work_item ON work_item.id = attempt.work_item
JOIN json_each(attempt.reasons) AS reason
WHERE attempt.verdict IS NOT NULL
    AND reason.value IS NOT NULL
    AND work_item.planned = 1
    AND work_item.step = (SELECT id FROM step ORDER BY position DESC LIMIT 1)
    AND attempt.cache_id = work_item.cache_id
    AND attempt.sample = work_item.sample
    AND attempt.id > (SELECT coalesce(max(last_attempt), 0) FROM set_aside
                      WHERE stage IN ('schema', 'contract', 'ingest', 'plan', 'generate'))
GROUP BY reason.value
ORDER BY times DESC, reason
LIMIT :limit
