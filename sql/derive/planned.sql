-- The planned standings of a step with their exact tasks, in the order of the plan.
SELECT id, cache_id FROM standing WHERE step = :step AND planned = 1 ORDER BY position
