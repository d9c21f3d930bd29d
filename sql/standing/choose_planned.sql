-- Chooses all standings of a step that are planned.
INSERT INTO temp.chosen (id) SELECT id FROM standing WHERE step = :step AND planned = 1
