-- The number of rows by how they compare.
SELECT count(*) FILTER (WHERE change = 'removed') AS only_a, count(*) FILTER (WHERE change = 'added') AS only_b,
       count(*) FILTER (WHERE change = 'changed') AS differ, count(*) FILTER (WHERE change = 'equal') AS equal
FROM temp.row_pair
