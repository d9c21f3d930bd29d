-- How many rows or groups of the input there are, which differ in their column :column; all of them where that is NULL.
SELECT count(DISTINCT coalesce(fields ->> :column, row_index)) AS n FROM input_row WHERE dataset = :input
