-- Open work items of a step that have an exact task, in the order of recording.
SELECT id FROM work_item
WHERE step = :step AND planned = 1 AND status = 'pending' AND cache_id <> '' AND id > :after
ORDER BY id LIMIT :count
