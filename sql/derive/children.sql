-- The work items that a step made from one, as far as they are planned, in order.
SELECT DISTINCT work_item.id FROM edge JOIN work_item ON work_item.id = edge.child
WHERE edge.parent = :parent AND work_item.step = :step AND work_item.planned = 1 ORDER BY work_item.id
