-- The last open work items of a step with an exact task after one position and before another, the last one first.
SELECT id, position FROM standing
WHERE step = :step AND planned = 1 AND status = 'pending' AND cache_id <> '' AND position > :after
  AND position < :before
ORDER BY position DESC, id DESC LIMIT :count
