-- The configuration that the newest plan was made or confirmed for.
SELECT config.config_id, config.snapshot
FROM manifest
JOIN invocation ON invocation.id = manifest.invocation
JOIN config ON config.id = invocation.config
WHERE manifest.stage = 'plan' AND manifest.status IN ('done', 'reused')
ORDER BY manifest.id DESC LIMIT 1
