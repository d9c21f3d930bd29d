-- Forgets from which states of work items a step made its own: it makes all of them anew.
DELETE FROM derivation WHERE step = :step
