-- What the export in force of a step found odd in its files for evaluation tools, in the order in which it was found.
SELECT subject, detail FROM anomaly
WHERE manifest = (
    SELECT coalesce(reused_from, id) FROM manifest WHERE stage = 'export' AND step = :step ORDER BY id DESC LIMIT 1
) AND subject IS NOT NULL AND kind <> 'objects_left_out'
ORDER BY id
