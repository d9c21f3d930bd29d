-- Takes a work item out of the plan; its record stays.
UPDATE work_item
SET planned = 0, status = 'pending', reason = NULL, cache_id = '', attempts = 0, last_attempt = NULL,
    cache_entry = NULL
WHERE id = :item
