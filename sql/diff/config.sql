-- The configurations that the newest plans of both files were made or confirmed for.
SELECT
    (SELECT config.snapshot FROM a.manifest
     JOIN a.invocation ON invocation.id = manifest.invocation
     JOIN a.config ON config.id = invocation.config
     WHERE manifest.stage = 'plan' AND manifest.status IN ('done', 'reused') ORDER BY manifest.id DESC LIMIT 1) AS a,
    (SELECT config.snapshot FROM b.manifest
     JOIN b.invocation ON invocation.id = manifest.invocation
     JOIN b.config ON config.id = invocation.config
     WHERE manifest.stage = 'plan' AND manifest.status IN ('done', 'reused') ORDER BY manifest.id DESC LIMIT 1) AS b
