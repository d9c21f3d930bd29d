-- Collects rows whose id another row of the data set has too, with their number among the equal ones.
CREATE TEMP TABLE repeated_row AS
SELECT id, row_id, line, row_number() OVER (PARTITION BY row_id ORDER BY row_index) AS occurrence
FROM input_row
WHERE dataset = :dataset
  AND row_id IN (SELECT row_id FROM input_row WHERE dataset = :dataset GROUP BY row_id HAVING count(*) > 1)
ORDER BY row_index
