-- Takes the work items of steps that are no longer part of the task out of the plan; their record stays.
UPDATE work_item
SET planned = 0
WHERE planned = 1 AND step IN (SELECT id FROM step WHERE position < 0)
