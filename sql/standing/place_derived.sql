-- Moves the standings of a step that are made from one source each to the places of these, after the input has changed.
UPDATE standing
SET position = parent.position, input_row = parent.input_row, row_group = parent.row_group
FROM edge CROSS JOIN standing AS parent ON parent.id = edge.parent
WHERE standing.step = :step AND standing.planned = 1 AND edge.child = standing.id AND parent.planned = 1
  AND (standing.position, standing.input_row, standing.row_group)
      IS NOT (parent.position, parent.input_row, parent.row_group)
