-- An accepted output with its step, its work item and its own item.
SELECT cache_entry.output, cache_entry.attempt, work_item.work_id, work_item.source_kind, step.name AS step,
       CASE work_item.source_kind
           WHEN 'element' THEN work_item.source -> '$[2]'
           WHEN 'pair' THEN work_item.source -> '$[2]'
           WHEN 'join' THEN work_item.source -> '$[1].key'
       END AS item
FROM cache_entry
JOIN work_item ON work_item.id = cache_entry.work_item
JOIN step ON step.id = work_item.step
WHERE cache_entry.id = :cache_entry
