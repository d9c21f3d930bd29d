-- What a work item was last made from, in order, each with that output and the attempt that led to it.
SELECT edge.number, parent.id AS parent, parent.work_id, parent.status, step.name AS step, edge.cache_entry,
       cache_entry.output, cache_entry.attempt
FROM edge
JOIN work_item AS parent ON parent.id = edge.parent
JOIN step ON step.id = parent.step
LEFT JOIN cache_entry ON cache_entry.id = edge.cache_entry
WHERE edge.child = :item ORDER BY edge.number
