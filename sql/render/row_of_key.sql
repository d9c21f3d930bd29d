-- The first row of a data set whose key column (its place) holds a text.
SELECT row_index FROM input_row
WHERE dataset = :dataset AND fields ->> :column = :key ORDER BY row_index LIMIT 1
