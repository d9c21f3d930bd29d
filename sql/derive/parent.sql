-- A work item as others are made from it.
SELECT work_item.id, work_item.step, work_item.work_id, work_item.planned, work_item.status, work_item.position,
       work_item.path,
       work_item.input_row, work_item.row_group, work_item.cache_entry, cache_entry.output, input_row.row_id,
       row_group.group_key
FROM work_item
LEFT JOIN cache_entry ON cache_entry.id = work_item.cache_entry
LEFT JOIN input_row ON input_row.id = work_item.input_row
LEFT JOIN row_group ON row_group.id = work_item.row_group
WHERE work_item.id = :item
