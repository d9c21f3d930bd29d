-- The rows of gold whose key no row of the input has in its column :column, in the order of the file: the first five,
-- each with how many there are, and how many rows gold has. The keys of the input are gathered once.
SELECT gold.line, gold.fields ->> :key AS key, count(*) OVER () AS total,
       (SELECT row_count FROM dataset WHERE id = :gold) AS keys
FROM input_row AS gold
WHERE gold.dataset = :gold
  AND (gold.fields ->> :key IS NULL OR gold.fields ->> :key NOT IN (
      SELECT input.fields ->> :column FROM input_row AS input
      WHERE input.dataset = :input AND input.fields ->> :column IS NOT NULL
  ))
ORDER BY gold.row_index LIMIT 5
