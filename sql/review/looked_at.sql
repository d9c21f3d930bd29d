-- The attempts that a decision on a standing can be about, the latest first, each with its output or its answer: those
-- at the standing's exact task and sample in its round, and the one that a decision in force is about. What people decided
-- under another variant is left out. `rank` is 2 for the output of the standing, 1 for another accepted one, otherwise 0.
SELECT attempt.id, attempt.outcome, attempt.request, attempt.response, response.answer, response.thoughts,
       response.finish, response.finish_reason, response.error,
       json_object('thoughts', task.parts -> '$.thoughts', 'finish', task.parts -> '$.finish') AS reading,
       coalesce(cache_entry.output, attempt.output) AS output, cache_entry.first_line,
       CASE WHEN cache_entry.id = standing.cache_entry THEN 2 WHEN cache_entry.id IS NOT NULL THEN 1 ELSE 0 END AS rank
FROM standing
CROSS JOIN attempt ON attempt.work_item = standing.work_item
CROSS JOIN task ON task.id = attempt.task
LEFT JOIN decision ON decision.attempt = standing.last_attempt
LEFT JOIN response ON response.id = attempt.response
LEFT JOIN cache_entry ON cache_entry.work_item = attempt.work_item AND cache_entry.attempt = attempt.id
WHERE standing.id = :standing AND attempt.cache_id = standing.cache_id
  AND attempt.sample - coalesce(attempt.candidate, 1) + 1 = standing.sample
  AND (coalesce(attempt.round, 0) >= coalesce(standing.round, 0)
       OR attempt.id = standing.last_attempt OR attempt.id = decision.looked_at)
  AND NOT EXISTS (
      SELECT 1 FROM decision AS elsewhere
      WHERE elsewhere.attempt = attempt.id
        AND (elsewhere.variant <> standing.variant OR elsewhere.repeat <> standing.repeat)
  )
ORDER BY attempt.id DESC
