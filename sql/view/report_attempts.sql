-- How the current attempts of the last step ended, in the order of their number.
SELECT attempt.outcome, count(*) AS attempts
FROM attempt JOIN work_item ON work_item.id = attempt.work_item
WHERE work_item.planned = 1
    AND work_item.step = (SELECT id FROM step ORDER BY position DESC LIMIT 1)
    AND attempt.cache_id = work_item.cache_id
    AND attempt.sample = work_item.sample
    AND attempt.id > (SELECT coalesce(max(last_attempt), 0) FROM set_aside
                      WHERE stage IN ('schema', 'contract', 'ingest', 'plan', 'generate'))
GROUP BY attempt.outcome
ORDER BY attempts DESC, attempt.outcome
