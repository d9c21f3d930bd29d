-- The messages of one request with their texts exactly as they were sent, in the order in which they were sent.
SELECT
    message.value ->> 'role' AS role,
    (
        SELECT group_concat(piece, '') FROM (
            SELECT coalesce(text.body, part.value) AS piece
            FROM json_each(message.value, '$.parts') AS part
            LEFT JOIN text ON text.id = CASE part.type WHEN 'object' THEN part.value ->> 'text' END
            ORDER BY part.key
        )
    ) AS content
FROM request, json_each(request.messages) AS message
WHERE request.request_id = :request_id
ORDER BY message.key
