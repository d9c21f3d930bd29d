-- Every planned standing with the attempt that it refers to and its output, in the order of recording.
SELECT standing.work_item, work_item.work_id, step.name AS step, standing.status, standing.reason, standing.attempts,
       standing.cache_id, standing.sample, standing.last_attempt, standing.cache_entry, last.outcome, last.number,
       last.candidate, last.sample AS last_sample, last.round AS last_round, last.round IS standing.round AS same_round,
       last.work_item = standing.work_item AND last.cache_id = standing.cache_id AND last.task = standing.task
           AND last.sample - coalesce(last.candidate, 1) + 1 = standing.sample AS is_own,
       entry.work_item IS standing.work_item AND entry.attempt IS standing.last_attempt
           AND (entry.first_line IS NULL OR entry.first_line IS input_row.line) AS is_its_output
FROM standing
CROSS JOIN work_item ON work_item.id = standing.work_item
CROSS JOIN step ON step.id = standing.step
LEFT JOIN attempt AS last ON last.id = standing.last_attempt
LEFT JOIN cache_entry AS entry ON entry.id = standing.cache_entry
LEFT JOIN input_row ON input_row.id = standing.input_row
WHERE standing.planned = 1 ORDER BY standing.id
