-- The cost that answers used more than once would have had, and the cost of the work items that were decided under
-- their present task. All calls are summed up.
SELECT (
           SELECT CASE WHEN count(*) = count(saved_usd) OR sum(saved_usd) > 0 THEN round(sum(saved_usd), 12) END FROM costs
       ) AS saved_usd,
       sum(round(response.cost_usd * 1e12)) / 1e12 AS present_usd, count(DISTINCT call.work_item) AS present_items,
       coalesce(sum(response.cost_usd IS NULL), 0) AS present_unpriced
FROM standing
JOIN task ON task.id = standing.task
JOIN call ON call.work_item = standing.work_item
LEFT JOIN response ON response.call = call.id
WHERE standing.planned = 1 AND standing.status IN ('accepted', 'rejected', 'failed')
  AND standing.variant = 1 AND standing.repeat = 1
  AND call.started_at >= task.created_at
