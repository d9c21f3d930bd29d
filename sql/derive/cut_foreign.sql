-- Cuts the standings of a step off from those of steps that it does not take from any more.
DELETE FROM edge
WHERE child IN (SELECT id FROM standing WHERE step = :step)
  AND parent IN (SELECT id FROM standing WHERE step NOT IN (SELECT value FROM json_each(:parents)))
