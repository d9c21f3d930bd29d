-- Chooses the standings of a work item, under all variants and in all repeats.
INSERT INTO temp.chosen (id)
SELECT id FROM standing WHERE work_item = :work_item
ON CONFLICT DO NOTHING
