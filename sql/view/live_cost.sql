-- What the calls for one exact task of a work item cost. A call belongs to the attempt that first used its request, be it
-- for the answer or for a verdict. One that no attempt used may belong to any of them: the cost is unknown then.
WITH made (cost, cache_id) AS (
    SELECT response.cost_usd, (
        SELECT attempt.cache_id FROM attempt WHERE attempt.id = coalesce(
            (
                SELECT min(answered.id) FROM attempt AS answered
                WHERE answered.work_item = call.work_item AND answered.request = call.request
            ),
            (
                SELECT min(judged.id)
                FROM attempt AS judged
                CROSS JOIN verdict ON verdict.attempt = judged.id
                CROSS JOIN response AS said ON said.id = verdict.response
                CROSS JOIN call AS asked ON asked.id = said.call
                WHERE judged.work_item = call.work_item AND asked.request = call.request
            )
        )
    )
    FROM call LEFT JOIN response ON response.call = call.id
    WHERE call.work_item = :work_item
)
SELECT sum(round(coalesce(cost, 0) * 1e12)) / 1e12 AS cost_usd, coalesce(max(cost IS NULL OR cache_id IS NULL), 0) AS is_unpriced
FROM made WHERE cache_id = :cache_id OR cache_id IS NULL
