-- Records that a row id may occur more than once.
INSERT INTO temp.suspect (row_id) VALUES (:row_id) ON CONFLICT DO NOTHING
