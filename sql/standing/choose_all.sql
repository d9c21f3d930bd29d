-- Chooses every standing, those outside the plan too.
INSERT INTO temp.chosen (id) SELECT id FROM standing
