-- The next standings of a step from which nothing follows yet, in the order of recording.
SELECT id FROM standing WHERE step = :step AND handed_on = 0 ORDER BY id LIMIT :count
