-- The latest call for a request before another call, with its outcome.
SELECT call.invocation, response.error_kind,
       CASE
           WHEN response.outcome IS NOT NULL THEN response.outcome
           WHEN invocation.status = 'running' THEN 'in_flight'
           ELSE 'lost'
       END AS outcome
FROM call
JOIN invocation ON invocation.id = call.invocation
LEFT JOIN response ON response.call = call.id
WHERE call.request = :request AND call.id < :call ORDER BY call.id DESC LIMIT 1
