-- The sources of a standing.
SELECT parent.id, parent.planned, parent.status, parent.handed_on, parent.position, parent.path, parent.cache_entry,
       work_item.work_id, edge.number, edge.is_open
FROM edge
CROSS JOIN standing AS parent ON parent.id = edge.parent
CROSS JOIN work_item ON work_item.id = parent.work_item
WHERE edge.child = :child
