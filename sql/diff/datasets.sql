-- The data sets of the newest plans of both files; NULL where a file has none.
SELECT
    one.id AS a, one.columns AS columns_a, one.key_column AS key_a,
    two.id AS b, two.columns AS columns_b, two.key_column AS key_b
FROM (SELECT 1)
LEFT JOIN a.dataset AS one ON one.id = (SELECT dataset FROM a.plan ORDER BY id DESC LIMIT 1)
LEFT JOIN b.dataset AS two ON two.id = (SELECT dataset FROM b.plan ORDER BY id DESC LIMIT 1)
