-- Adds a passage.
INSERT INTO passage (id, input_row, document, title, heading_path, line_start, line_end, page, text)
VALUES (:id, :input_row, :document, :title, :heading_path, :line_start, :line_end, :page, :text)
