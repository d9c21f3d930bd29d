-- What became of a row in a step, with its outcome and the cost of its own calls. The caller sorts them.
SELECT standing.id, standing.path, work_item.work_id, standing.status, standing.attempts, standing.work_item,
       standing.cache_id, standing.reason, cache_entry.output, attempt.outcome,
       attempt.detail, attempt.score, generation.model,
       attempt.verdict,
       (
           SELECT sum(round(coalesce(response.cost_usd, 0) * 1e12)) / 1e12
           FROM call LEFT JOIN response ON response.call = call.id WHERE call.work_item = standing.work_item
       ) AS cost_usd,
       EXISTS (
           SELECT 1 FROM call LEFT JOIN response ON response.call = call.id
           WHERE call.work_item = standing.work_item AND response.cost_usd IS NULL
       ) AS is_unpriced,
       -- What was asked for other values, or under another prompt, is counted apart.
       EXISTS (
           SELECT 1 FROM attempt AS other
           WHERE other.work_item = standing.work_item AND other.cache_id <> standing.cache_id
       ) AS has_others
FROM standing
CROSS JOIN work_item ON work_item.id = standing.work_item
LEFT JOIN cache_entry ON cache_entry.id = standing.cache_entry
LEFT JOIN attempt ON attempt.id = coalesce(cache_entry.attempt, standing.last_attempt)
LEFT JOIN response AS generation ON generation.id = attempt.response
WHERE standing.step = :step AND standing.position = :position AND standing.planned = 1
