-- Adds a document.
INSERT INTO copied_document (dataset, name, text, line_count) VALUES (:dataset, :name, :text, :line_count)
