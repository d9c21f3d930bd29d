-- The messages of a request with their exact texts, in the order in which they were sent.
SELECT role, content FROM messages WHERE request_id = :request_id ORDER BY number
