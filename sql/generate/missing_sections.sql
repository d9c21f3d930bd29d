-- The fields that are null in accepted outputs of a step and have a problem in `parse_errors`, with the number of outputs
-- of each, and of those that lack the section (:problem), by name.
SELECT said.value ->> 'field' AS field, count(DISTINCT standing.id) AS outputs,
       count(*) FILTER (WHERE said.value ->> 'problem' = :problem) AS absent
FROM standing
CROSS JOIN cache_entry ON cache_entry.id = standing.cache_entry
CROSS JOIN json_each(cache_entry.output, '$.parse_errors') AS said
WHERE standing.step = :step AND standing.planned = 1
  AND CASE WHEN instr(said.value ->> 'field', '"') = 0 AND instr(said.value ->> 'field', '\') = 0
      THEN json_extract(cache_entry.output, '$."' || replace(said.value ->> 'field', '.', '"."') || '"') IS NULL END
GROUP BY 1 ORDER BY 1
