-- What a work item is made from, with the outputs of it, in order.
SELECT step.name AS step, parent.work_id, parent.item, cache_entry.output
FROM edge
JOIN work_item AS parent ON parent.id = edge.parent
JOIN step ON step.id = parent.step
JOIN cache_entry ON cache_entry.id = edge.cache_entry
LEFT JOIN input_row ON input_row.id = parent.input_row
WHERE edge.child = :item
ORDER BY edge.number, input_row.row_index, parent.row_group, parent.path, parent.work_id
