-- Adds a line of a text.
INSERT INTO copied_line (text, number, line) VALUES (:text, :number, :line)
