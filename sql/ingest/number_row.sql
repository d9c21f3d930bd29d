-- Gives a row that equals an earlier one an id of its own.
UPDATE input_row SET row_id = :row_id WHERE id = :id
