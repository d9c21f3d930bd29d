-- Chooses the standings of a step that are made from nothing in the plan.
INSERT INTO temp.chosen (id)
SELECT id FROM standing
WHERE step = :step AND planned = 1 AND NOT EXISTS (
    SELECT 1 FROM edge CROSS JOIN standing AS parent ON parent.id = edge.parent
    WHERE edge.child = standing.id AND parent.planned = 1
)
