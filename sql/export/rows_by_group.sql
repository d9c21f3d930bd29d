-- The rows of a data set, group after group in the order of their first rows, then in the order of the input.
WITH member AS (
    SELECT id, row_index, fields ->> :column AS group_key,
           min(row_index) OVER (PARTITION BY fields ->> :column) AS first_index
    FROM input_row WHERE dataset = :dataset
)
SELECT member.group_key, input_row.row_id, input_row.row_index, input_row.fields
FROM member CROSS JOIN input_row ON input_row.id = member.id
ORDER BY member.first_index, member.row_index
