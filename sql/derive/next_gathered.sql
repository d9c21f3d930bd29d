-- The next standings of a step that steps which need everything have not looked at yet, in the order of recording.
SELECT id FROM standing WHERE step = :step AND handed_on = 1 ORDER BY id LIMIT :count
