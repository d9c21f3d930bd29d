-- Chooses the standings of a step before a position that a forced round has not opened yet. What has no exact task waits
-- for what it is made from, and is opened in the round when that is decided.
INSERT INTO temp.chosen (id)
SELECT id FROM standing
WHERE step = :step AND planned = 1 AND position < :before AND cache_id <> '' AND coalesce(round, 0) < :round
