-- What all calls cost and saved together; how many work items stand where; what those cost that were decided since their
-- present task is there.
WITH total AS (
    SELECT sum(cost_usd) AS cost_usd, sum(saved_usd) AS saved_usd, coalesce(sum(unpriced_calls), 0) AS unpriced_calls,
           sum(reserved_usd) AS reserved_usd
    FROM costs
), item AS (
    SELECT coalesce(sum(CASE status WHEN 'accepted' THEN items END), 0) AS accepted,
           coalesce(sum(CASE status WHEN 'pending' THEN items END), 0) AS pending
    FROM tally
), present AS (
    SELECT sum(response.cost_usd) AS cost_usd, count(DISTINCT call.work_item) AS items,
           coalesce(sum(response.cost_usd IS NULL), 0) AS unpriced_calls
    FROM standing
    JOIN task ON task.id = standing.task
    JOIN call ON call.work_item = standing.work_item
    LEFT JOIN response ON response.call = call.id
    WHERE standing.planned = 1 AND standing.status IN ('accepted', 'rejected', 'failed')
      AND standing.variant = 1 AND standing.repeat = 1
      AND call.started_at >= task.created_at
)
SELECT total.cost_usd, total.saved_usd, total.unpriced_calls, total.reserved_usd, item.accepted, item.pending,
       present.cost_usd AS present_usd, present.items AS present_items, present.unpriced_calls AS present_unpriced
FROM total, item, present
