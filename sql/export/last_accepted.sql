-- When the last of the accepted outputs of the plan was decided, and by which version.
SELECT attempt.decided_at, invocation.version
FROM standing
CROSS JOIN cache_entry ON cache_entry.id = standing.cache_entry
CROSS JOIN attempt ON attempt.id = cache_entry.attempt
CROSS JOIN invocation ON invocation.id = attempt.invocation
WHERE standing.planned = 1 AND standing.variant = 1 AND standing.repeat = 1 AND standing.status = 'accepted'
ORDER BY attempt.decided_at DESC, attempt.id DESC LIMIT 1
