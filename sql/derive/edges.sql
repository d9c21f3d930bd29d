-- The sources of a standing.
SELECT edge.id, edge.number, parent.planned, parent.status, parent.cache_entry, parent.position, parent.path,
       parent.input_row, parent.row_group, parent.round, work_item.work_id
FROM edge
CROSS JOIN standing AS parent ON parent.id = edge.parent
CROSS JOIN work_item ON work_item.id = parent.work_item
WHERE edge.child = :child
