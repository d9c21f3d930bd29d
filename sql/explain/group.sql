-- A group with its context.
SELECT row_group.id, row_group.group_key, row_group.row_count, row_group.included_rows, text.body AS context
FROM row_group JOIN text ON text.id = row_group.context
WHERE row_group.id = :group
