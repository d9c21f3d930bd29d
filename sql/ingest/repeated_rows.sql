-- The repeated rows, in the order of the input.
SELECT repeated_row.id, repeated_row.line, repeated_row.occurrence, repeated_row.first_line, input_row.fields
FROM repeated_row JOIN input_row ON input_row.id = repeated_row.id
WHERE occurrence > 1 ORDER BY repeated_row.id
