-- Puts a standing that joins others where the first of them is.
UPDATE standing SET position = :position, path = :path, input_row = :input_row, row_group = :row_group
WHERE id = :standing AND (position, path, input_row, row_group) IS NOT (:position, :path, :input_row, :row_group)
