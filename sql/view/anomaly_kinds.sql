-- The number of anomalies in the latest manifests by stage, step, variant, repeat and kind, in that order, with the first of
-- each kind. What `generate` found is told apart by model, too: its details have the counts.
WITH latest AS (
    SELECT coalesce(reused_from, id) AS id FROM manifest
    WHERE id IN (SELECT max(id) FROM manifest GROUP BY stage, step)
),
kinds AS (
    SELECT manifest.stage, manifest.step, anomaly.kind, count(*) AS n, min(anomaly.id) AS first
    FROM anomaly JOIN latest ON latest.id = anomaly.manifest JOIN manifest ON manifest.id = anomaly.manifest
    GROUP BY manifest.stage, manifest.step, anomaly.kind, CASE manifest.stage WHEN 'generate' THEN anomaly.subject END
)
SELECT kinds.stage, step.name AS step, kinds.kind, kinds.n, anomaly.subject, anomaly.detail, step.variant AS number,
       variant.name AS variant, step.repeat
FROM kinds
JOIN anomaly ON anomaly.id = kinds.first
LEFT JOIN step ON step.id = kinds.step
LEFT JOIN variant ON variant.id = step.variant
ORDER BY kinds.stage, step.position, step.variant, step.repeat, kinds.kind, kinds.first
