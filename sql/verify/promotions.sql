-- Every promotion with what it names: its variant, the configuration, and the evaluation with its invocation and file.
SELECT promotion.id, promotion.variant, promotion.pin, promotion.metrics, promotion.gates, promotion.verdict,
       promotion.promoted_by, promotion.promoted_at, variant.variant_id, config.snapshot, manifest.stage,
       invocation.uid, artifact.id AS file
FROM promotion
JOIN variant ON variant.id = promotion.variant
JOIN config ON config.id = promotion.config
JOIN manifest ON manifest.id = promotion.evaluation
JOIN invocation ON invocation.id = manifest.invocation
LEFT JOIN artifact ON artifact.manifest = manifest.id AND artifact.name = 'eval.json'
ORDER BY promotion.id
