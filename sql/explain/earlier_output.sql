-- The latest output that a work item had before an attempt at it.
SELECT cache_entry.output FROM cache_entry
WHERE cache_entry.work_item = :item AND cache_entry.attempt < :attempt ORDER BY cache_entry.id DESC LIMIT 1
