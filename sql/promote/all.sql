-- Every promotion with its invocation and the configuration that was measured, in their order.
SELECT promotion.id, promotion.stage, promotion.pin, promotion.metrics, promotion.gates, promotion.verdict,
       promotion.reason, promotion.promoted_by, promotion.promoted_at, invocation.uid, config.snapshot
FROM promotion JOIN invocation ON invocation.id = promotion.invocation JOIN config ON config.id = promotion.config
ORDER BY promotion.id
