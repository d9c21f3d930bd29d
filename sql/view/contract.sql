-- The output contract of the latest finished contract stage.
SELECT text.body FROM manifest JOIN text ON text.id = manifest.outputs ->> 'schema_text'
WHERE manifest.stage = 'contract' AND manifest.status IN ('done', 'reused')
ORDER BY manifest.id DESC LIMIT 1
