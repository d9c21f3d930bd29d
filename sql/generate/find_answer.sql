-- The answer that the tape holds for a request: the first that was read.
SELECT id, answer, finish FROM response WHERE id = (
    SELECT min(response.id)
    FROM call CROSS JOIN response ON response.call = call.id
    WHERE call.request = :request AND call.invocation > :after AND response.outcome = 'answered'
)
