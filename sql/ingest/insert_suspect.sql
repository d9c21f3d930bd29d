-- Notes a row id that an earlier row may have too.
INSERT INTO temp.suspect (row_id) VALUES (:row_id) ON CONFLICT DO NOTHING
