-- A row of a data set by its id.
SELECT input_row.fields, input_row.row_index, dataset.columns
FROM input_row JOIN dataset ON dataset.id = input_row.dataset
WHERE input_row.dataset = :dataset AND input_row.row_id = :row_id LIMIT 1
