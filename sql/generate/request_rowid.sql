-- The rowid of a request.
SELECT id FROM request WHERE request_id = :request_id
