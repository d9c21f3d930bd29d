-- The number of recorded answers to calls of invocations after one.
SELECT count(*) AS n FROM response JOIN call ON call.id = response.call
WHERE call.invocation > :after AND response.outcome = 'answered'
