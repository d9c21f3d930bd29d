-- Takes the standings of retired steps out of the plan. What is recorded of them stays.
UPDATE standing
SET planned = 0, handed_on = 0
WHERE planned = 1 AND step IN (SELECT id FROM step WHERE position < 0)
