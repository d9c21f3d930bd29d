-- Points a standing at the row that it is about now.
UPDATE standing SET planned = 1, input_row = :input_row WHERE id = :standing
