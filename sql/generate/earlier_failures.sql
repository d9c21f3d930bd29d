-- What was said in invocations before this one when a request failed.
SELECT response.error
FROM call CROSS JOIN response ON response.call = call.id
WHERE call.request = :request AND call.invocation < :invocation AND response.outcome = 'failed'
ORDER BY call.id DESC LIMIT 20
