-- Where a work item stands under a variant in a repeat, with its accepted output. Asked of another run file, by the id. Of
-- one that a person decided on, what the model had come to is what counts.
SELECT CASE
           WHEN NOT standing.is_decided THEN standing.status
           WHEN cache_entry.id IS NOT NULL THEN 'accepted'
           ELSE 'rejected'
       END AS status,
       cache_entry.output
FROM work_item
CROSS JOIN model_standing AS standing ON standing.work_item = work_item.id AND standing.variant = :variant AND standing.repeat = :repeat
LEFT JOIN cache_entry ON cache_entry.id = standing.model_entry
WHERE substr(work_item.work_id, 1, 16) = substr(:work_id, 1, 16) AND work_item.work_id = :work_id
  AND standing.planned = 1
