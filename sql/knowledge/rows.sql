-- The rows of a collection, in order, each with the page that it begins on.
SELECT input_row.id, input_row.fields, line.page
FROM input_row
JOIN document ON document.id = input_row.document
LEFT JOIN line ON line.document_text = document.document_text AND line.number = input_row.line
WHERE input_row.dataset = :dataset
ORDER BY input_row.row_index
