-- A copied document.
SELECT text, line_count FROM copied_document WHERE dataset = :dataset AND name = :name
