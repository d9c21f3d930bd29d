-- Pairs the rows of two data sets by their ids, and says how each compares in the columns that both files have.
WITH pair AS (
    SELECT row_id, max(a) AS a, max(b) AS b
    FROM (
        SELECT row_id, id AS a, NULL AS b FROM a.input_row WHERE dataset = :a
        UNION ALL
        SELECT row_id, NULL, id FROM b.input_row WHERE dataset = :b
    )
    GROUP BY row_id
)
INSERT INTO temp.row_pair (row_id, a, b, change)
SELECT pair.row_id, pair.a, pair.b,
       CASE
           WHEN pair.b IS NULL THEN 'removed'
           WHEN pair.a IS NULL THEN 'added'
           WHEN one.fields = two.fields AND :same_columns THEN 'equal'
           WHEN EXISTS (
               SELECT 1 FROM temp.shared_column AS shared
               WHERE one.fields ->> shared.a IS NOT two.fields ->> shared.b
           ) THEN 'changed'
           ELSE 'equal'
       END
FROM pair
LEFT JOIN a.input_row AS one ON one.id = pair.a
LEFT JOIN b.input_row AS two ON two.id = pair.b
