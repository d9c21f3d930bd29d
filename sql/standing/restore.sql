-- Applies what was found of exact tasks to their standings. The unary `+` keeps SQLite from looking up `found` for
-- every standing of the run file.
UPDATE standing
SET status = found.status, reason = NULL, cache_entry = found.cache_entry, last_attempt = found.attempt,
    attempts = found.attempts, sample = found.sample, handed_on = 0
FROM temp.found
WHERE standing.id = +found.id
