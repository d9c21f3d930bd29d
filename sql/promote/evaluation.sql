-- The newest evaluation: what it was made from, and its invocation.
SELECT manifest.id, manifest.inputs, invocation.uid
FROM manifest JOIN invocation ON invocation.id = manifest.invocation
WHERE manifest.stage = 'evaluate' AND manifest.status = 'done'
ORDER BY manifest.id DESC LIMIT 1
