-- The rows that differ, in the order of the first file; those that only the second file has come last, in its order.
SELECT row_pair.row_id, row_pair.change, one.fields AS fields_a, two.fields AS fields_b,
       one.row_index AS index_a, two.row_index AS index_b
FROM temp.row_pair
LEFT JOIN a.input_row AS one ON one.id = row_pair.a
LEFT JOIN b.input_row AS two ON two.id = row_pair.b
WHERE row_pair.change <> 'equal'
ORDER BY one.row_index IS NULL, one.row_index, two.row_index LIMIT :most
