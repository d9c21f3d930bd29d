-- The rows of a data set, group after group in the order of their first rows, then in the order of the input.
WITH member AS (
    SELECT id, row_index, fields, fields ->> :column AS group_key FROM input_row WHERE dataset = :dataset
),
size AS (
    SELECT group_key, min(row_index) AS first_index, count(*) AS row_count FROM member GROUP BY group_key
)
SELECT member.group_key, size.row_count, member.fields
FROM member JOIN size ON size.group_key = member.group_key
ORDER BY size.first_index, member.row_index
