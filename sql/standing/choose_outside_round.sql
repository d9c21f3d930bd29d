-- Chooses the planned standings of a step before a position that a forced round has not opened yet. Those without an
-- exact task wait for their sources, and are opened in the round when these are decided.
INSERT INTO temp.chosen (id)
SELECT id FROM standing
WHERE step = :step AND planned = 1 AND position < :before AND cache_id <> '' AND coalesce(round, 0) < :round
