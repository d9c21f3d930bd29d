-- The next planned standings of a step with their exact tasks, in the order of recording.
SELECT id, cache_id FROM standing WHERE id > :after AND +step = :step AND planned = 1 ORDER BY id LIMIT :count
