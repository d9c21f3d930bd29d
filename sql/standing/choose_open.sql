-- Chooses the open standings of a step that have an exact task.
INSERT INTO temp.chosen (id)
SELECT id FROM standing WHERE step = :step AND planned = 1 AND status = 'pending' AND cache_id <> ''
