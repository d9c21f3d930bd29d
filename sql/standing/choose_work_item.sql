-- Chooses the standing of a work item.
INSERT INTO temp.chosen (id)
SELECT id FROM standing WHERE work_item = :work_item AND variant = 1 AND repeat = 1
ON CONFLICT DO NOTHING
