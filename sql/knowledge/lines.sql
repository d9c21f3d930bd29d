-- The lines of a text, in order.
SELECT number, text FROM line WHERE document_text = :text ORDER BY number
