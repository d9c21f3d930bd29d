-- What is made from a work item, in the order of the steps; at most :most.
SELECT child.work_id, step.name AS step, child.status, cache_entry.output
FROM edge
JOIN work_item AS child ON child.id = edge.child
JOIN step ON step.id = child.step
LEFT JOIN cache_entry ON cache_entry.id = child.cache_entry
WHERE edge.parent = :item AND child.planned = 1
ORDER BY step.position, child.position, child.path, child.work_id LIMIT :most
