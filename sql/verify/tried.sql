-- What was tried for an exact task with a sample in a round, and whether it had a valid output. People's decisions are
-- none of it.
SELECT sample, number, outcome IN (SELECT value FROM json_each(:valid)) AS is_valid
FROM attempt
WHERE work_item = :work_item AND cache_id = :cache_id AND round IS :round
  AND sample - coalesce(candidate, 1) + 1 = :sample
  AND outcome <> 'human_accepted' AND outcome <> 'human_rejected'
