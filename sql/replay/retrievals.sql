-- What the templates of an attempt asked of knowledge, in order.
SELECT id, purpose, dataset, query, k FROM retrieval WHERE attempt = :attempt ORDER BY number
