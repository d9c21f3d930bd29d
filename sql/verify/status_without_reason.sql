-- Decided work items whose last attempt does not say so.
SELECT work_item.work_id FROM work_item LEFT JOIN attempt ON attempt.id = work_item.last_attempt
WHERE work_item.planned = 1
  AND ((work_item.status = 'accepted' AND attempt.outcome IS NOT 'accepted')
       OR (work_item.status IN ('rejected', 'failed') AND coalesce(attempt.outcome, 'accepted') = 'accepted'))
ORDER BY work_item.position LIMIT 20
