-- Accepted outputs with evidence that stand where their row never began, or twice at one line for one attempt, by id. A
-- candidate may be chosen more than once.
SELECT entry.id AS id
FROM cache_entry AS entry
CROSS JOIN work_item ON work_item.id = entry.work_item
CROSS JOIN attempt ON attempt.id = entry.attempt
LEFT JOIN input_row ON input_row.id = work_item.input_row
WHERE entry.first_line IS NOT NULL
  AND ((input_row.row_id, entry.first_line) NOT IN (
           SELECT there.row_id, there.line FROM input_row AS there WHERE there.document IS NOT NULL
       ) OR attempt.candidate IS NULL AND EXISTS (
           SELECT 1 FROM cache_entry AS other
           WHERE other.work_item = entry.work_item AND other.attempt = entry.attempt
             AND other.first_line = entry.first_line AND other.id < entry.id
       ))
ORDER BY entry.id
