-- The anomalies of the work that counts now, by stage, step and kind, in order; at most :examples rows of each kind.
-- Those of an export count if it is as new as the work that it exports.
WITH latest AS (
    SELECT max(id) AS id FROM manifest
    WHERE stage <> 'report' AND (status <> 'reused' OR reused_from IS NOT NULL)
      AND (inputs ->> '$.knowledge' IS NULL
           OR invocation = (SELECT max(ingested.invocation) FROM manifest AS ingested WHERE ingested.stage = 'ingest'))
    GROUP BY stage, step, inputs ->> '$.knowledge', inputs ->> '$.role'
),
counted AS (
    SELECT last.stage, last.step, coalesce(last.reused_from, last.id) AS id
    FROM latest JOIN manifest AS last ON last.id = latest.id
),
found AS (
    SELECT anomaly.id, counted.stage, counted.step, anomaly.kind, anomaly.subject, anomaly.detail,
           row_number() OVER (PARTITION BY counted.stage, counted.step, anomaly.kind ORDER BY anomaly.id) AS number,
           count(*) OVER (PARTITION BY counted.stage, counted.step, anomaly.kind) AS total
    FROM counted
    JOIN anomaly ON anomaly.manifest = counted.id
    WHERE counted.stage <> 'export' OR counted.id > (SELECT max(id) FROM counted WHERE stage <> 'export')
)
SELECT found.stage, step.name AS step, found.kind, found.subject, found.detail, found.total
FROM found LEFT JOIN step ON step.id = found.step
WHERE found.number <= :examples
ORDER BY CASE found.stage WHEN 'schema' THEN 1 WHEN 'contract' THEN 2 WHEN 'ingest' THEN 3 WHEN 'plan' THEN 4
                          WHEN 'generate' THEN 5 ELSE 6 END,
         step.position, found.total DESC, found.kind, found.number
