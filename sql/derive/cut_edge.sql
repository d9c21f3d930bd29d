-- A standing is made from another no more.
DELETE FROM edge WHERE id = :edge
