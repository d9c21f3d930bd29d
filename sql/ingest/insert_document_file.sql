-- Adds a chunk of the bytes of a document.
INSERT INTO document_file (document_text, encoding, data) VALUES (:document_text, :encoding, :data)
