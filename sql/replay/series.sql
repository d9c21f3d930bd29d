-- The attempts at the same exact task and sample and in the same round as an attempt, in their order. Decisions of
-- people are left out.
SELECT tried.id, tried.invocation, tried.number, tried.candidate, tried.outcome, tried.detail, tried.request,
       tried.response, tried.output, tried.verdict, tried.score, tried.reasons
FROM attempt AS last
CROSS JOIN attempt AS tried ON tried.work_item = last.work_item
WHERE last.id = :attempt AND tried.cache_id = last.cache_id AND tried.round IS last.round
  AND tried.sample - coalesce(tried.candidate, 1) = last.sample - coalesce(last.candidate, 1)
  AND tried.outcome <> 'human_accepted' AND tried.outcome <> 'human_rejected'
ORDER BY tried.id
