-- Chooses one standing.
INSERT INTO temp.chosen (id) VALUES (:standing) ON CONFLICT DO NOTHING
