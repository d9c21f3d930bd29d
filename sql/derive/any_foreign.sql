-- Whether standings of a step are made from those of steps that it does not take from.
SELECT EXISTS (
    SELECT 1 FROM standing AS child
    CROSS JOIN edge ON edge.child = child.id
    CROSS JOIN standing AS parent ON parent.id = edge.parent
    WHERE child.step = :step AND parent.step NOT IN (SELECT value FROM json_each(:parents))
) AS any
