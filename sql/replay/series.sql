-- What was tried at the exact task and sample of an attempt in its round, in the order of trying. People's decisions are
-- none of it.
SELECT tried.id, tried.invocation, tried.number, tried.candidate, tried.outcome, tried.detail, tried.request,
       tried.response, tried.output, tried.verdict, tried.score, tried.reasons
FROM attempt AS last
CROSS JOIN attempt AS tried ON tried.work_item = last.work_item
WHERE last.id = :attempt AND tried.cache_id = last.cache_id AND tried.round IS last.round
  AND tried.sample - coalesce(tried.candidate, 1) = last.sample - coalesce(last.candidate, 1)
  AND tried.outcome <> 'human_accepted' AND tried.outcome <> 'human_rejected'
ORDER BY tried.id
