-- Forgets from which states of work items a step made its own: it looks at all of them anew, at those that left the plan
-- too.
UPDATE derivation SET status = '' WHERE step = :step
