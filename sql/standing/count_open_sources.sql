-- Counts the open sources of the standings of a step again.
UPDATE standing
SET open_sources = (SELECT count(*) FROM edge WHERE edge.child = standing.id AND edge.is_open = 1)
WHERE step = :step
