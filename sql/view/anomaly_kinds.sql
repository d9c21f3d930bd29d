-- The number of anomalies in the latest manifests by stage and kind, in that order, with the first of each kind.
WITH latest AS (
    SELECT coalesce(reused_from, id) AS id FROM manifest
    WHERE id IN (SELECT max(id) FROM manifest GROUP BY stage, step)
),
kinds AS (
    SELECT manifest.stage, anomaly.kind, count(*) AS n, min(anomaly.id) AS first
    FROM anomaly JOIN latest ON latest.id = anomaly.manifest JOIN manifest ON manifest.id = anomaly.manifest
    GROUP BY manifest.stage, anomaly.kind
)
SELECT kinds.stage, kinds.kind, kinds.n, anomaly.subject, anomaly.detail
FROM kinds JOIN anomaly ON anomaly.id = kinds.first ORDER BY kinds.stage, kinds.kind
