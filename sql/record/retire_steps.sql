-- Takes steps out of the task of a variant, in a repeat, that no longer has them. What is recorded of them stays.
UPDATE step SET position = -1
WHERE variant = :variant AND repeat = :repeat AND position >= 0
  AND name NOT IN (SELECT value FROM json_each(:names))
