-- Chooses the standings of a step that are not waiting.
INSERT INTO temp.chosen (id)
SELECT id FROM standing WHERE step = :step AND planned = 1 AND (status <> 'pending' OR cache_id <> '')
