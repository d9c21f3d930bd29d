-- The next work items of a step all of whose sources are decided, in the order of recording.
SELECT id FROM standing
WHERE step = :step AND planned = 1 AND status = 'pending' AND cache_id = '' AND open_sources = 0
ORDER BY id LIMIT :count
