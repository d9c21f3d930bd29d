-- The first row of a data set from a place on that is not one of a document.
SELECT row_index FROM input_row
WHERE dataset = :dataset AND row_index >= :from AND document IS NOT :document ORDER BY row_index LIMIT 1
