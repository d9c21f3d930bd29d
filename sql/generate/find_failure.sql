-- How the tape says a request failed: the last failure on it.
SELECT response.id, response.error_kind, response.error
FROM call CROSS JOIN response ON response.call = call.id
WHERE call.request = :request AND call.invocation > :after AND response.outcome = 'failed'
ORDER BY response.id DESC LIMIT 1
