-- The attempts at an exact task with a sample in a round, and whether any had a valid output. Decisions of people are
-- left out.
SELECT sample, number, outcome IN (SELECT value FROM json_each(:valid)) AS is_valid
FROM attempt
WHERE work_item = :work_item AND cache_id = :cache_id AND round IS :round
  AND sample - coalesce(candidate, 1) + 1 = :sample
  AND outcome <> 'human_accepted' AND outcome <> 'human_rejected'
