-- Lets a work item stand where its sources leave it: without an exact task it is not asked.
UPDATE work_item
SET status = :status, reason = :reason, cache_id = '', attempts = 0, last_attempt = NULL, cache_entry = NULL
WHERE id = :item AND (status, reason, cache_id) IS NOT (:status, :reason, '')
