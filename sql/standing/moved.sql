-- The next accepted standings of a step, after a position, whose rows begin at another line than when their outputs were
-- accepted, in the order of the plan; each with the output of the same attempt at this line, if it was there before.
SELECT standing.id, standing.position, standing.work_item, entry.attempt, entry.first_line, entry.output,
       input_row.line,
       (
           SELECT max(again.id) FROM cache_entry AS again
           WHERE again.work_item = standing.work_item AND again.attempt = entry.attempt
             AND again.first_line = input_row.line
       ) AS found
FROM standing
CROSS JOIN cache_entry AS entry ON entry.id = standing.cache_entry
CROSS JOIN input_row ON input_row.id = standing.input_row
WHERE standing.step = :step AND standing.planned = 1 AND standing.position > :after AND standing.status = 'accepted'
  AND entry.first_line <> input_row.line
ORDER BY standing.position LIMIT :count
