-- An accepted output with its step, its work item and its own item.
SELECT cache_entry.output, cache_entry.first_line, cache_entry.attempt,
       CASE WHEN cache_entry.first_line IS NOT NULL THEN (
           SELECT task.parts -> '$.evidence' FROM attempt CROSS JOIN task ON task.id = attempt.task
           WHERE attempt.id = cache_entry.attempt
       ) END AS evidence,
       work_item.work_id, work_item.source_kind, step.name AS step,
       CASE work_item.source_kind
           WHEN 'element' THEN coalesce(standing.item, work_item.source -> '$[2]')
           WHEN 'pair' THEN coalesce(standing.item, work_item.source -> '$[2]')
           WHEN 'join' THEN work_item.source -> '$[1].key'
       END AS item
FROM cache_entry
JOIN work_item ON work_item.id = cache_entry.work_item
JOIN step ON step.id = work_item.step
LEFT JOIN standing ON standing.work_item = work_item.id AND standing.variant = :variant AND standing.repeat = :repeat
WHERE cache_entry.id = :cache_entry
