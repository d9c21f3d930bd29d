-- Open work items of a step with an exact task at one position, in the order of recording.
SELECT id, position FROM standing
WHERE step = :step AND planned = 1 AND status = 'pending' AND cache_id <> '' AND position = :position AND id > :after
ORDER BY id LIMIT :count
