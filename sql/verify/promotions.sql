-- Every promotion with what it names: its variant, the configuration, and the evaluation with its invocation and file.
-- Promotions and files are few: no index is made for them.
SELECT promotion.id, promotion.variant, promotion.pin, promotion.metrics, promotion.gates, promotion.verdict,
       promotion.promoted_by, promotion.promoted_at, variant.variant_id, config.snapshot, manifest.stage, invocation.uid,
       (SELECT max(artifact.id) FROM artifact
        WHERE +artifact.manifest = promotion.evaluation AND artifact.name = 'eval.json') AS file
FROM promotion
CROSS JOIN variant ON variant.id = promotion.variant
CROSS JOIN config ON config.id = promotion.config
CROSS JOIN manifest ON manifest.id = promotion.evaluation
CROSS JOIN invocation ON invocation.id = manifest.invocation
ORDER BY promotion.id
