-- Adds one row to a data set that is still open.
INSERT INTO input_row (dataset, row_id, row_index, line, fields) VALUES (:dataset, :row_id, :row_index, :line, :fields)
