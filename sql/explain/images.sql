-- The images that a request shows, in the order in which it shows them.
SELECT part.value AS image
FROM request, json_each(request.messages) AS message, json_each(message.value, '$.parts') AS part
WHERE request.id = :request AND part.type = 'object'
  AND (part.value ->> 'image' IS NOT NULL OR part.value ->> 'image_url' IS NOT NULL)
ORDER BY message.key, part.key
