-- Every request with its messages put together, in order of recording.
SELECT request.id, request.request_id, spec.spec_id, request.sample, request.matched, request.item,
       (SELECT json_group_array(json_object('role', role, 'content', content))
        FROM (SELECT role, content FROM messages WHERE messages.request_id = request.request_id ORDER BY number)) AS messages
FROM request JOIN spec ON spec.id = request.spec ORDER BY request.id
