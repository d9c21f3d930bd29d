-- All that a work item goes back to, with the outputs that it was made from, in the order of the steps and the plan.
WITH RECURSIVE above (item, cache_entry) AS (
    SELECT parent, cache_entry FROM edge WHERE child = :item
    UNION
    SELECT edge.parent, edge.cache_entry FROM above JOIN edge ON edge.child = above.item
)
SELECT step.name AS step, work_item.work_id, cache_entry.output
FROM above
JOIN work_item ON work_item.id = above.item
JOIN step ON step.id = work_item.step
JOIN cache_entry ON cache_entry.id = above.cache_entry
LEFT JOIN input_row ON input_row.id = work_item.input_row
ORDER BY step.position, input_row.row_index, work_item.row_group, work_item.path, work_item.work_id
