-- Adds a row to a data set that is not complete yet.
INSERT INTO input_row (dataset, row_id, row_index, line, document, fields)
VALUES (:dataset, :row_id, :row_index, :line, :document, :fields)
