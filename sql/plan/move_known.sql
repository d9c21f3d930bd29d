-- Gives known work items their place and source in this plan.
UPDATE work_item
SET planned = 1, position = planned.position, input_row = planned.input_row, row_group = planned.row_group
FROM temp.planned
WHERE work_item.step = :step AND work_item.work_id = planned.work_id
  AND (work_item.planned, work_item.position, work_item.input_row, work_item.row_group)
      IS NOT (1, planned.position, planned.input_row, planned.row_group)
