-- The planned standings of a step that are made from a standing.
SELECT work_item.source, standing.position, standing.path, standing.input_row, standing.row_group, standing.item,
       standing.status,
       standing.reason, standing.cache_id, edge.number, edge.is_open
FROM edge
CROSS JOIN standing ON standing.id = edge.child
CROSS JOIN work_item ON work_item.id = standing.work_item
WHERE edge.parent = :parent AND standing.step = :step AND standing.planned = 1
