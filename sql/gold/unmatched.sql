-- The rows of gold whose key no row of the input has in its column :column, in the order of the file: the first five,
-- each with how many there are, and how many rows gold has.
WITH input AS MATERIALIZED (
    SELECT DISTINCT fields ->> :column AS key FROM input_row WHERE dataset = :input
)
SELECT gold.line, gold.fields ->> :key AS key, count(*) OVER () AS total,
       (SELECT row_count FROM dataset WHERE id = :gold) AS keys
FROM input_row AS gold LEFT JOIN input ON input.key = gold.fields ->> :key
WHERE gold.dataset = :gold AND input.key IS NULL
ORDER BY gold.row_index LIMIT 5
