-- The messages of one request with their texts exactly as they were sent, in the order in which they were sent.
SELECT role, content FROM messages WHERE request_id = :request_id ORDER BY number
