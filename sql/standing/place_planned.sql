-- Sets the places and the sources of known work items in this plan.
UPDATE standing
SET planned = 1, position = planned.position, input_row = planned.input_row, row_group = planned.row_group,
    handed_on = CASE WHEN standing.planned = 1 THEN standing.handed_on ELSE 0 END
FROM temp.planned
WHERE standing.work_item = planned.work_item AND standing.variant = (SELECT variant FROM step WHERE id = :step)
  AND standing.repeat = (SELECT repeat FROM step WHERE id = :step)
  AND (standing.planned, standing.position, standing.input_row, standing.row_group)
      IS NOT (1, planned.position, planned.input_row, planned.row_group)
