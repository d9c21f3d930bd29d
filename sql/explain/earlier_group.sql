-- The group with this key in the data set that a request shows, otherwise the latest such group.
SELECT row_group.id, row_group.group_key, row_group.row_count, row_group.included_rows, text.body AS context
FROM row_group JOIN text ON text.id = row_group.context
WHERE row_group.dataset = :dataset AND row_group.group_key = :group_key
ORDER BY EXISTS (
    SELECT 1 FROM request, json_each(request.messages) AS message, json_each(message.value, '$.parts') AS part
    WHERE request.id = :request AND part.type = 'object' AND part.value ->> 'text' = text.id
) DESC, row_group.id DESC LIMIT 1
