-- Lets what the record says of their exact tasks hold for standings. The `+` keeps `found` from being looked up for each
-- standing that there is.
UPDATE standing
SET status = found.status, reason = NULL, cache_entry = found.cache_entry, last_attempt = found.attempt,
    attempts = found.attempts, sample = found.sample, handed_on = 0
FROM temp.found
WHERE standing.id = +found.id
