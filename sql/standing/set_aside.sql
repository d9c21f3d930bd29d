-- Opens the chosen standings anew, in the round of a `clean`: what was tried at them in earlier rounds no longer counts,
-- nor, with :tape, what was answered before.
UPDATE standing
SET status = 'pending', reason = NULL, attempts = 0, last_attempt = NULL, cache_entry = NULL, handed_on = 0,
    round = :round, set_aside = :round, tape_aside = CASE WHEN :tape THEN :round ELSE tape_aside END
WHERE id IN (SELECT id FROM temp.chosen)
