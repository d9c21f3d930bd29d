-- Records that an attempt was made from the present sources of a standing, in order.
INSERT INTO attempt_input (attempt, number, cache_entry)
SELECT :attempt,
       row_number() OVER (ORDER BY edge.number, parent.position, parent.path, work_item.work_id),
       parent.cache_entry
FROM edge
JOIN standing AS parent ON parent.id = edge.parent
JOIN work_item ON work_item.id = parent.work_item
WHERE edge.child = :standing AND parent.cache_entry IS NOT NULL
