-- Takes the work items of a step out of the plan that are made from nothing in it; their record stays.
UPDATE work_item
SET planned = 0, status = 'pending', reason = NULL, cache_id = '', attempts = 0, last_attempt = NULL,
    cache_entry = NULL
WHERE step = :step AND planned = 1 AND NOT EXISTS (
    SELECT 1 FROM edge JOIN work_item AS parent ON parent.id = edge.parent
    WHERE edge.child = work_item.id AND parent.planned = 1
)
