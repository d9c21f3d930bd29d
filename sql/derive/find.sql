-- The standing of a work item of a step, by work id.
SELECT standing.id, standing.planned, standing.status, standing.cache_id, NULL AS edge, 0 AS number, 0 AS is_open
FROM work_item
CROSS JOIN standing ON standing.work_item = work_item.id AND standing.variant = (SELECT variant FROM step WHERE id = :step)
    AND standing.repeat = (SELECT repeat FROM step WHERE id = :step)
WHERE substr(work_item.work_id, 1, 16) = substr(:work_id, 1, 16) AND work_item.work_id = :work_id
  AND work_item.step = (SELECT base FROM step WHERE id = :step)
