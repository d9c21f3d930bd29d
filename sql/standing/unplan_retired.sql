-- Takes the standings of steps that are no longer part of the task out of the plan; their record stays.
UPDATE standing
SET planned = 0, handed_on = 0
WHERE planned = 1 AND step IN (SELECT id FROM step WHERE position < 0)
