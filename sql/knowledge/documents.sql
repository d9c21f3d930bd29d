-- The documents of a data set, in order, with their texts.
SELECT document.name, document.document_text, document_text.line_count
FROM document
JOIN document_text ON document_text.id = document.document_text
WHERE document.dataset = :dataset
ORDER BY document.name
