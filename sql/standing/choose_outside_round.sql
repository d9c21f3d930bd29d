-- Chooses the standings of a step before a position that a forced round has not opened yet.
INSERT INTO temp.chosen (id)
SELECT id FROM standing
WHERE step = :step AND planned = 1 AND position < :before AND coalesce(round, 0) < :round
