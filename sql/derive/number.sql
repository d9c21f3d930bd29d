-- Puts the work items of a step in the order of what they are made from, whichever was there first.
UPDATE work_item SET position = numbered.position
FROM (
    SELECT child.id,
           row_number() OVER (ORDER BY min(parent.position), min(edge.number), child.work_id) - 1 AS position
    FROM work_item AS child
    JOIN edge ON edge.child = child.id
    JOIN work_item AS parent ON parent.id = edge.parent
    WHERE child.step = :step AND child.planned = 1
    GROUP BY child.id
) AS numbered
WHERE work_item.id = numbered.id AND work_item.position <> numbered.position
