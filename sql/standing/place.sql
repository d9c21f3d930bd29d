-- Sets the place and the source of a standing in the plan.
UPDATE standing
SET planned = 1, task = :task, input_row = :input_row, row_group = :row_group, position = :position, path = :path,
    item = :item, handed_on = CASE WHEN planned = 1 THEN handed_on ELSE 0 END
WHERE id = :standing
  AND (planned, task, input_row, row_group, position, path, item)
      IS NOT (1, :task, :input_row, :row_group, :position, :path, :item)
