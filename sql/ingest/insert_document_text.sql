-- Adds what a document says.
INSERT INTO document_text (sha1, format, reader, bytes, has_bom, line_count, page_count)
VALUES (:sha1, :format, :reader, :bytes, :has_bom, :line_count, :page_count)
