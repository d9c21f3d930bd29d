-- The repeated rows, in the order of the input.
SELECT repeated_row.id, repeated_row.row_id, repeated_row.line, repeated_row.occurrence, input_row.fields,
       (SELECT first.line FROM repeated_row AS first WHERE first.row_id = repeated_row.row_id LIMIT 1) AS first_line
FROM repeated_row JOIN input_row ON input_row.id = repeated_row.id
WHERE occurrence > 1 ORDER BY repeated_row.id
