-- What all calls cost and saved together; how many work items stand where; what those cost that were decided since their
-- present task is there.
WITH total AS (
    SELECT sum(cost_usd) AS cost_usd, sum(saved_usd) AS saved_usd, coalesce(sum(unpriced_calls), 0) AS unpriced_calls,
           sum(reserved_usd) AS reserved_usd
    FROM costs
), item AS (
    SELECT coalesce(sum(status = 'accepted'), 0) AS accepted, coalesce(sum(status = 'pending'), 0) AS pending
    FROM work_item WHERE planned = 1
), present AS (
    SELECT sum(call.cost_usd) AS cost_usd, count(DISTINCT call.work_item) AS items,
           coalesce(sum(call.cost_usd IS NULL), 0) AS unpriced_calls
    FROM work_item
    JOIN task ON task.id = work_item.task
    JOIN call ON call.work_item = work_item.id
    WHERE work_item.planned = 1 AND work_item.status IN ('accepted', 'rejected', 'failed')
      AND call.started_at >= task.created_at
)
SELECT total.cost_usd, total.saved_usd, total.unpriced_calls, total.reserved_usd, item.accepted, item.pending,
       present.cost_usd AS present_usd, present.items AS present_items, present.unpriced_calls AS present_unpriced
FROM total, item, present
