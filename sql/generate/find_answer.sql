-- The answer that the tape holds for a request: the first that was read.
SELECT response.id, response.answer, response.finish
FROM call CROSS JOIN response ON response.call = call.id
WHERE call.request = :request AND call.invocation > :after AND response.outcome = 'answered'
ORDER BY response.id LIMIT 1
