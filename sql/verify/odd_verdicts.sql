-- Attempts with a verdict from a call that was not made for a judge, or whose response came after them, in their order.
SELECT verdict.attempt
FROM verdict
CROSS JOIN attempt ON attempt.id = verdict.attempt
CROSS JOIN response ON response.id = verdict.response
CROSS JOIN call ON call.id = response.call
WHERE call.purpose <> 'judge' OR response.invocation > attempt.invocation
ORDER BY verdict.attempt LIMIT 20
