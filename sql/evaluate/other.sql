-- Where a work item stands under a variant in a repeat, with its accepted output. Asked of another run file, by the id.
SELECT standing.status, cache_entry.output
FROM work_item
CROSS JOIN standing ON standing.work_item = work_item.id AND standing.variant = :variant AND standing.repeat = :repeat
LEFT JOIN cache_entry ON cache_entry.id = standing.cache_entry
WHERE substr(work_item.work_id, 1, 16) = substr(:work_id, 1, 16) AND work_item.work_id = :work_id
  AND standing.planned = 1
