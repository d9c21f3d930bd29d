-- The rows of gold with the keys of their groups, in the order of the file.
SELECT fields ->> :key AS source, fields FROM input_row WHERE dataset = :gold ORDER BY row_index
