-- The standings that are made from a standing, in the order of the steps; at most :most.
SELECT work_item.work_id, step.name AS step, child.status, cache_entry.output
FROM edge
JOIN standing AS child ON child.id = edge.child
JOIN work_item ON work_item.id = child.work_item
JOIN step ON step.id = child.step
LEFT JOIN cache_entry ON cache_entry.id = child.cache_entry
WHERE edge.parent = :standing AND child.planned = 1
ORDER BY step.position, child.position, child.path, work_item.work_id LIMIT :most
