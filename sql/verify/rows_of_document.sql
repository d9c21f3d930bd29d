-- The rows of a data set between two places, in order.
SELECT row_id, row_index, line, document, fields FROM input_row
WHERE dataset = :dataset AND row_index >= :from AND row_index < :to ORDER BY row_index
