-- What a work item is made from, in order, with the outputs that it was last made from; at most :most.
SELECT parent.work_id, step.name AS step, parent.status, cache_entry.output
FROM edge
JOIN work_item AS parent ON parent.id = edge.parent
JOIN step ON step.id = parent.step
LEFT JOIN cache_entry ON cache_entry.id = edge.cache_entry
WHERE edge.child = :item
ORDER BY edge.number LIMIT :most
