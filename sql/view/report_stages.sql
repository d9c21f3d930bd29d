-- The manifest of the work that counts now for each stage, in the order of the pipeline. A manifest that reused earlier
-- work stands for that work, and stages that write files are left out: neither changes the report.
WITH latest AS (
    SELECT max(id) AS id FROM manifest
    WHERE stage NOT IN ('export', 'report') AND (status <> 'reused' OR reused_from IS NOT NULL)
    GROUP BY stage, step
)
SELECT work.stage, step.name AS step, work.status, work.message, work.started_at, work.ended_at,
       work.invocation, invocation.version,
       CASE WHEN step.variant = 1 AND step.repeat = 1 THEN NULL
            WHEN step.repeat = 1 THEN variant.name
            ELSE variant.name || ', repeat ' || step.repeat END AS variant
FROM latest
JOIN manifest AS last ON last.id = latest.id
JOIN manifest AS work ON work.id = coalesce(last.reused_from, last.id)
JOIN invocation ON invocation.id = work.invocation
LEFT JOIN step ON step.id = work.step
LEFT JOIN variant ON variant.id = step.variant
ORDER BY CASE work.stage WHEN 'schema' THEN 1 WHEN 'contract' THEN 2 WHEN 'ingest' THEN 3 WHEN 'plan' THEN 4
                         WHEN 'evaluate' THEN 6 ELSE 5 END,
         step.variant, step.repeat, step.position
