-- The configuration of the newest plan that was made or found unchanged.
SELECT config.config_id, config.snapshot
FROM manifest
JOIN invocation ON invocation.id = manifest.invocation
JOIN config ON config.id = invocation.config
WHERE manifest.stage = 'plan' AND manifest.status IN ('done', 'reused')
ORDER BY manifest.id DESC LIMIT 1
