-- The row and the group that a standing goes back to.
SELECT input_row.row_id, input_row.fields, row_group.group_key, row_group.group_context_id, row_group.row_count
FROM standing
LEFT JOIN input_row ON input_row.id = standing.input_row
LEFT JOIN row_group ON row_group.id = standing.row_group
WHERE standing.id = :standing
