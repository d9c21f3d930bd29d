-- Removes the edges to the standings of a step from standings of steps that it no longer takes from.
DELETE FROM edge
WHERE child IN (SELECT id FROM standing WHERE step = :step)
  AND parent IN (SELECT id FROM standing WHERE step NOT IN (SELECT value FROM json_each(:parents)))
