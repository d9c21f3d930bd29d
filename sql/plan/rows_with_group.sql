-- The rows of a data set with the group that this plan made of each, in the order of the input.
SELECT input_row.id, input_row.row_id, input_row.row_index, input_row.fields, row_group.id AS row_group,
       row_group.group_context_id, row_group.group_key, row_group.row_count
FROM input_row
CROSS JOIN row_group ON row_group.dataset = input_row.dataset AND row_group.group_key = input_row.fields ->> :column
    AND row_group.id >= :first_group
WHERE input_row.dataset = :dataset ORDER BY input_row.row_index
