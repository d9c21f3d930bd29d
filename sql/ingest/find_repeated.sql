-- Collects the rows whose id may occur more than once, each with its number among those with the same id and the line
-- of the first of them.
CREATE TEMP TABLE repeated_row AS
SELECT id, line, row_number() OVER same AS occurrence, first_value(line) OVER same AS first_line
FROM input_row
WHERE dataset = :dataset AND row_id IN (SELECT row_id FROM temp.suspect)
WINDOW same AS (PARTITION BY row_id ORDER BY row_index)
