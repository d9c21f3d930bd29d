-- The claims of an attempt, in their order.
SELECT number, path, cited_start, cited_end, line_start, line_end, quote, status
FROM claim WHERE attempt = :attempt ORDER BY number, id
