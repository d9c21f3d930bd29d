-- Finds the columns that both files have.
INSERT INTO temp.shared_column (a, b)
SELECT one.key, two.key FROM json_each(:columns_a) AS one JOIN json_each(:columns_b) AS two ON two.value = one.value
