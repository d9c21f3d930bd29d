-- The sources of a standing, in order, each with its present output and the attempt that led to it.
SELECT work_item.id AS work_item, work_item.work_id, step.name AS step, parent.status, parent.cache_entry,
       cache_entry.output, cache_entry.attempt
FROM edge
JOIN standing AS parent ON parent.id = edge.parent
JOIN work_item ON work_item.id = parent.work_item
JOIN step ON step.id = parent.step
LEFT JOIN cache_entry ON cache_entry.id = parent.cache_entry
WHERE edge.child = :standing
ORDER BY edge.number, parent.position, parent.path, work_item.work_id
