-- Every request with its messages in full, in the order of recording.
SELECT request.id, request.request_id, spec.spec_id, request.sample, request.matched, request.item,
       (
           SELECT json_group_array(CASE
               WHEN images IS NULL THEN json_object('role', role, 'content', content)
               ELSE json_object('role', role, 'content', content, 'images', json(images))
           END)
           FROM (
               SELECT message.value ->> 'role' AS role,
                      (
                          SELECT coalesce(group_concat(piece, ''), '') FROM (
                              SELECT coalesce(text.body, part.value) AS piece
                              FROM json_each(message.value, '$.parts') AS part
                              LEFT JOIN text ON text.id = CASE part.type WHEN 'object' THEN part.value ->> 'text' END
                              WHERE part.type <> 'object' OR part.value ->> 'text' IS NOT NULL
                              ORDER BY part.key
                          )
                      ) AS content,
                      (
                          SELECT CASE WHEN count(*) > 0 THEN json_group_array(json(picture)) END FROM (
                              SELECT CASE
                                  WHEN part.value ->> 'image_url' IS NOT NULL
                                  THEN json_object('url', part.value ->> 'image_url')
                                  ELSE json_object('sha1', image.sha1, 'media_type', image.media_type)
                              END AS picture
                              FROM json_each(message.value, '$.parts') AS part
                              LEFT JOIN image ON image.sha1 = CASE part.type WHEN 'object' THEN part.value ->> 'image' END
                              WHERE part.type = 'object' AND part.value ->> 'text' IS NULL
                              ORDER BY part.key
                          )
                      ) AS images
               FROM json_each(request.messages) AS message ORDER BY message.key
           )
       ) AS messages
FROM request JOIN spec ON spec.id = request.spec ORDER BY request.id
