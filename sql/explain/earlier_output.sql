-- The latest output that a work item had when an attempt of another one was decided.
SELECT cache_entry.id, cache_entry.output FROM cache_entry
WHERE cache_entry.work_item = :item AND cache_entry.attempt < :attempt ORDER BY cache_entry.id DESC LIMIT 1
