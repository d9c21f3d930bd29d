-- Chooses all standings, including those outside the plan.
INSERT INTO temp.chosen (id) SELECT id FROM standing
