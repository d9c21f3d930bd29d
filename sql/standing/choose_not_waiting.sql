-- Chooses the planned standings of a step that do not wait for sources.
INSERT INTO temp.chosen (id)
SELECT id FROM standing WHERE step = :step AND planned = 1 AND (status <> 'pending' OR cache_id <> '')
