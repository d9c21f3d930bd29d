-- Takes the steps out of the task that it does not have any more; their record stays.
UPDATE step SET position = -1 WHERE position >= 0 AND name NOT IN (SELECT value FROM json_each(:names))
