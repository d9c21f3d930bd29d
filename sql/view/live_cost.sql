-- What the calls for one exact task of a work item cost. A call belongs to the attempt that first used its request, of
-- which the verdicts are part. One that no attempt used may belong to any of them: the cost is unknown then.
WITH used (request, attempt) AS (
    SELECT attempt.request, attempt.id FROM attempt WHERE attempt.work_item = :work_item
    UNION ALL
    SELECT asked.request, attempt.id
    FROM attempt
    CROSS JOIN verdict ON verdict.attempt = attempt.id
    CROSS JOIN response ON response.id = verdict.response
    CROSS JOIN call AS asked ON asked.id = response.call
    WHERE attempt.work_item = :work_item
),
made (cost, cache_id) AS (
    SELECT response.cost_usd, (
        SELECT attempt.cache_id FROM attempt
        WHERE attempt.id = (SELECT min(used.attempt) FROM used WHERE used.request = call.request)
    )
    FROM call LEFT JOIN response ON response.call = call.id
    WHERE call.work_item = :work_item
)
SELECT sum(round(coalesce(cost, 0) * 1e12)) / 1e12 AS cost_usd, coalesce(max(cost IS NULL OR cache_id IS NULL), 0) AS is_unpriced
FROM made WHERE cache_id = :cache_id OR cache_id IS NULL
