-- The rows of a data set, group after group in the order of their first rows, then in the order of the input.
WITH member AS (
    SELECT id, row_index, fields ->> :column AS group_key,
           count(*) OVER same AS row_count, min(row_index) OVER same AS first_index
    FROM input_row WHERE dataset = :dataset
    WINDOW same AS (PARTITION BY fields ->> :column)
)
SELECT member.group_key, member.row_count, input_row.fields
FROM member CROSS JOIN input_row ON input_row.id = member.id
ORDER BY member.first_index, member.row_index
