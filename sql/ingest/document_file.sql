-- The chunks of the bytes of a document, in order.
SELECT encoding, data FROM document_file WHERE document_text = :document_text ORDER BY id
