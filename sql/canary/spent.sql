-- What a run of a canary paid for, all its calls: those of invocations that worked on it. NULL where a price is not known.
SELECT CASE WHEN count(*) = count(response.cost_usd)
            THEN CAST(coalesce(sum(CAST(round(response.cost_usd * 1e12) AS INTEGER)), 0) AS REAL) / 1e12 END AS cost_usd
FROM step
CROSS JOIN standing ON standing.step = step.id
CROSS JOIN call ON call.work_item = standing.work_item
CROSS JOIN request ON request.id = call.request
CROSS JOIN response ON response.call = call.id
WHERE step.variant = :variant AND step.repeat = :repeat AND step.position >= 0 AND standing.planned = 1
  AND request.sample > (:repeat - 1) * 1000000 AND request.sample <= :repeat * 1000000
  AND (response.answer IS NOT NULL OR response.cost_usd IS NOT NULL)
