-- The next document of a data set by name, with its text.
SELECT document.id, document.number, document.name, document.document_text, document_text.sha1, document_text.format,
       document_text.reader, document_text.bytes, document_text.has_bom, document_text.line_count,
       document_text.page_count
FROM document JOIN document_text ON document_text.id = document.document_text
WHERE document.dataset = :dataset AND document.name > :after ORDER BY document.name LIMIT 1
