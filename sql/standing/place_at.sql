-- Points what became of a row in a step at the row that it is about now.
UPDATE standing SET input_row = :input_row
WHERE step = :step AND position = :position AND input_row IS NOT NULL AND input_row <> :input_row
