-- Gives a work item that joins others by row the group of the first of them that has one.
UPDATE work_item
SET row_group = (
    SELECT parent.row_group FROM edge JOIN work_item AS parent ON parent.id = edge.parent
    WHERE edge.child = :item AND parent.row_group IS NOT NULL ORDER BY edge.number, edge.id LIMIT 1
)
WHERE id = :item
