-- The outputs and counts of the latest finished work of a stage, other than on a collection of knowledge or on gold.
SELECT work.outputs, work.counts
FROM manifest AS last
JOIN manifest AS work ON work.id = coalesce(last.reused_from, last.id)
WHERE last.stage = :stage AND (last.status = 'done' OR last.reused_from IS NOT NULL)
  AND last.inputs ->> '$.knowledge' IS NULL AND last.inputs ->> '$.role' IS NULL
ORDER BY last.id DESC LIMIT 1
