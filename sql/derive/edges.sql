-- What a work item is made from, in order.
SELECT edge.id, edge.number, edge.cache_entry, parent.id AS parent, parent.step, parent.work_id, parent.planned,
       parent.status, parent.position, parent.item, parent.cache_entry AS current, step.name AS step_name
FROM edge
JOIN work_item AS parent ON parent.id = edge.parent
JOIN step ON step.id = parent.step
LEFT JOIN input_row ON input_row.id = parent.input_row
WHERE edge.child = :child
ORDER BY edge.number, input_row.row_index, parent.row_group, parent.path, parent.work_id
