-- The anomalies of the work that counts now, by stage and kind, in order; at most :examples rows of each kind.
WITH latest AS (
    SELECT max(id) AS id FROM manifest
    WHERE stage NOT IN ('export', 'report') AND (status <> 'reused' OR reused_from IS NOT NULL)
    GROUP BY stage, step
),
found AS (
    SELECT anomaly.id, last.stage, anomaly.kind, anomaly.subject, anomaly.detail,
           row_number() OVER (PARTITION BY last.stage, anomaly.kind ORDER BY anomaly.id) AS number,
           count(*) OVER (PARTITION BY last.stage, anomaly.kind) AS total
    FROM latest
    JOIN manifest AS last ON last.id = latest.id
    JOIN anomaly ON anomaly.manifest = coalesce(last.reused_from, last.id)
)
SELECT stage, kind, subject, detail, total FROM found
WHERE number <= :examples
ORDER BY CASE stage WHEN 'schema' THEN 1 WHEN 'contract' THEN 2 WHEN 'ingest' THEN 3 WHEN 'plan' THEN 4 ELSE 5 END,
         total DESC, kind, number
