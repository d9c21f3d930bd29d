-- What the export in force of a step found odd, in the order in which it was found.
SELECT subject, detail FROM anomaly
WHERE manifest = (
    SELECT coalesce(reused_from, id) FROM manifest WHERE stage = 'export' AND step = :step ORDER BY id DESC LIMIT 1
)
ORDER BY id
