-- One standing, if it is accepted and its row begins at another line than when its output was accepted. The columns are
-- those of `moved`.
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
WHERE standing.id = :standing AND standing.status = 'accepted' AND entry.first_line <> input_row.line
