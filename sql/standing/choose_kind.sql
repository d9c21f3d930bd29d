-- Chooses the failed and rejected standings of the plan whose last attempt had an outcome.
INSERT INTO temp.chosen (id)
SELECT standing.id FROM standing JOIN attempt ON attempt.id = standing.last_attempt
WHERE standing.planned = 1 AND (standing.status = 'failed' OR standing.status = 'rejected') AND attempt.outcome = :kind
ON CONFLICT DO NOTHING
