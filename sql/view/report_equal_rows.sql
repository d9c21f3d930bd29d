-- How many rows of a data set have the same texts as an earlier one in all columns but the one at :key.
SELECT coalesce(sum(alike - 1), 0) AS equal_rows
FROM (
    SELECT count(*) AS alike FROM input_row WHERE dataset = :dataset
    GROUP BY json_remove(fields, '$[' || :key || ']')
)
