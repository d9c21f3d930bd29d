-- The work items of a plan with their exact tasks, in its order.
SELECT position, work_id, source_kind, cache_id FROM work_item WHERE step = :step AND planned = 1 ORDER BY position
