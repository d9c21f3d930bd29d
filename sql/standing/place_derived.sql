-- Puts the standings of a step where the first of those is that they are made from, after the input has changed places;
-- they have a row of their own where :of_row, and a group where :of_group.
UPDATE standing
SET position = first.position,
    input_row = CASE WHEN :of_row THEN first.input_row END,
    row_group = CASE WHEN :of_group THEN first.row_group END
FROM (
    SELECT edge.child, min(parent.position) AS position, parent.input_row, parent.row_group
    FROM standing AS own
    CROSS JOIN edge ON edge.child = own.id
    CROSS JOIN standing AS parent ON parent.id = edge.parent
    WHERE own.step = :step AND own.planned = 1 AND parent.planned = 1
    GROUP BY edge.child
) AS first
WHERE standing.id = first.child
