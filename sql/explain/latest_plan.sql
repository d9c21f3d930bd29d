-- The latest invocation that planned a step or found its plan unchanged, with its configuration.
SELECT invocation.id AS invocation, config.snapshot
FROM manifest
JOIN invocation ON invocation.id = manifest.invocation
LEFT JOIN config ON config.id = invocation.config
WHERE manifest.stage = 'plan' AND manifest.status IN ('done', 'reused')
  AND (manifest.step = :step OR manifest.step IS NULL)
ORDER BY manifest.id DESC LIMIT 1
