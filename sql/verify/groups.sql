-- Every group, in order of recording.
SELECT row_group.id, row_group.group_context_id, row_group.group_key, text.body
FROM row_group JOIN text ON text.id = row_group.context ORDER BY row_group.id
