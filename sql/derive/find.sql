-- A work item that is made from others, by its id.
SELECT id, planned, status, task, cache_id, retried, sample FROM work_item
WHERE work_id = :work_id AND step = :step AND source_kind <> 'row' AND source_kind <> 'group'
