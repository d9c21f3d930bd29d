-- Chooses the standings of the plan with a status.
INSERT INTO temp.chosen (id) SELECT id FROM standing WHERE planned = 1 AND status = :status
ON CONFLICT DO NOTHING
