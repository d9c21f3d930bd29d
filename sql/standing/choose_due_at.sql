-- Chooses decided standings of a step at a position that may be tried again: those whose last attempt got no answer, or
-- none from the judge alone, for a reason that may pass; and those that have attempts left.
INSERT INTO temp.chosen (id)
SELECT standing.id
FROM standing CROSS JOIN attempt AS last ON last.id = standing.last_attempt
WHERE standing.step = :step AND standing.position = :position AND standing.planned = 1
  AND (standing.status = 'failed' AND (
           last.outcome IN (SELECT value FROM json_each(:unanswered))
           OR last.outcome = 'bad_request' AND last.output IS NOT NULL
       )
       OR (standing.status = 'failed' OR standing.status = 'rejected') AND standing.attempts < :max_attempts
          AND last.outcome NOT IN (SELECT value FROM json_each(:final)))
