-- Open work items of a step with an exact task after one position and before another, in the order of the plan.
SELECT id, position FROM standing
WHERE step = :step AND planned = 1 AND status = 'pending' AND cache_id <> '' AND position > :after
  AND position < :before
ORDER BY position, id LIMIT :count
