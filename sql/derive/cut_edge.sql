-- Removes an edge: the child is no longer made from the parent.
DELETE FROM edge WHERE id = :edge
