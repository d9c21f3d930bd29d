-- Takes steps out of the task that no longer has them. What is recorded of them stays.
UPDATE step SET position = -1 WHERE position >= 0 AND name NOT IN (SELECT value FROM json_each(:names))
