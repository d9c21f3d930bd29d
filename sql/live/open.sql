-- The places in the plan at which a step has work items that are open, more than once where there are several.
SELECT position FROM standing
WHERE step = :step AND planned = 1 AND status = 'pending' AND cache_id <> ''
