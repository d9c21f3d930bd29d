-- Chooses all standings of a step, including those outside the plan.
INSERT INTO temp.chosen (id) SELECT id FROM standing WHERE step = :step ON CONFLICT DO NOTHING
