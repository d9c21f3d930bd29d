-- Writes the state of a standing after an attempt or a decision. What is made from it is looked at again only if
-- :handed_on says so.
UPDATE standing
SET status = :status, reason = NULL, attempts = :attempts, last_attempt = :last_attempt, cache_entry = :cache_entry,
    handed_on = coalesce(:handed_on, handed_on)
WHERE id = :standing
