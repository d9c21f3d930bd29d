-- The sources of a standing with their outputs, in order; at most :most.
SELECT work_item.work_id, step.name AS step, parent.status, cache_entry.output
FROM edge
JOIN standing AS parent ON parent.id = edge.parent
JOIN work_item ON work_item.id = parent.work_item
JOIN step ON step.id = parent.step
LEFT JOIN cache_entry ON cache_entry.id = parent.cache_entry
WHERE edge.child = :standing
ORDER BY edge.number, parent.position, parent.path, work_item.work_id LIMIT :most
