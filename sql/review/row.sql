-- The row that a standing is made from, with the names of its columns.
SELECT dataset.columns, input_row.fields
FROM standing
JOIN input_row ON input_row.id = standing.input_row
JOIN dataset ON dataset.id = input_row.dataset
WHERE standing.id = :standing
