-- The standings of a step that are made from a standing, with the edges from it.
SELECT standing.id, work_item.work_id, standing.planned, standing.status, standing.cache_id, edge.id AS edge,
       edge.number, edge.is_open
FROM edge
CROSS JOIN standing ON standing.id = edge.child
CROSS JOIN work_item ON work_item.id = standing.work_item
WHERE edge.parent = :parent AND standing.step = :step
