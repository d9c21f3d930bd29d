-- The row and the group that a work item goes back to.
SELECT work_item.work_id, work_item.item, input_row.row_id, input_row.fields, row_group.group_key,
       row_group.group_context_id, row_group.row_count
FROM work_item
LEFT JOIN input_row ON input_row.id = work_item.input_row
LEFT JOIN row_group ON row_group.id = work_item.row_group
WHERE work_item.id = :item
