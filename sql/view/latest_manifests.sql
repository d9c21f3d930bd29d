-- The latest manifest of each stage and step, in the order of their writing.
SELECT manifest.stage, step.name AS step, manifest.status, manifest.counts, manifest.message,
       variant.name AS variant, step.repeat, step.variant AS number,
       manifest.started_at, manifest.ended_at, invocation.command,
       EXISTS (SELECT 1 FROM round JOIN json_each(:stages) AS earlier ON earlier.value = round.stage
               WHERE round.kind = 'clean' AND round.invocation >= manifest.invocation
                   AND earlier.key <= (SELECT own.key FROM json_each(:stages) AS own WHERE own.value = manifest.stage)
              ) AS set_aside
FROM manifest
JOIN invocation ON invocation.id = manifest.invocation
LEFT JOIN step ON step.id = manifest.step
LEFT JOIN variant ON variant.id = step.variant
WHERE manifest.id IN (SELECT max(id) FROM manifest GROUP BY stage, step)
ORDER BY manifest.id
