-- Adds a line of a document.
INSERT INTO line (document_text, number, ending, page, text) VALUES (:document_text, :number, :ending, :page, :text)
