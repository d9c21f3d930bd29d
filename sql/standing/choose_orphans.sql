-- Chooses the planned standings of a step without a planned source.
INSERT INTO temp.chosen (id)
SELECT id FROM standing
WHERE step = :step AND planned = 1 AND NOT EXISTS (
    SELECT 1 FROM edge CROSS JOIN standing AS parent ON parent.id = edge.parent
    WHERE edge.child = standing.id AND parent.planned = 1
)
