-- Moves a join to the place of its first source.
UPDATE standing SET position = :position, path = :path, input_row = :input_row, row_group = :row_group
WHERE id = :standing AND (position, path, input_row, row_group) IS NOT (:position, :path, :input_row, :row_group)
