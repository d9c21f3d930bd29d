-- Gives a row that equals an earlier one its own id.
UPDATE input_row SET row_id = :row_id WHERE id = :id
