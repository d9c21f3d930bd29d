-- What was tried for an exact task with a sample in a round, candidate by candidate: how often, and whether any of a
-- candidate's attempts had a valid output. People's decisions are none of it.
SELECT sample, max(number) AS attempts, max(outcome IN (SELECT value FROM json_each(:valid))) AS any_valid
FROM attempt
WHERE work_item = :work_item AND cache_id = :cache_id AND round IS :round
  AND sample - coalesce(candidate, 1) + 1 = :sample
  AND outcome <> 'human_accepted' AND outcome <> 'human_rejected'
GROUP BY sample
