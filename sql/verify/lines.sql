-- The lines of a text, in order.
SELECT number, ending, page, text FROM line WHERE document_text = :document_text ORDER BY number
