-- The place of the next work item in the plan of a step.
SELECT coalesce(max(position), -1) + 1 AS position FROM standing WHERE step = :step
