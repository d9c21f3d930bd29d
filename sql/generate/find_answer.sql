-- The recorded answer to a request: the first that was received.
SELECT id, answer, thoughts, finish, finish_reason, error FROM response WHERE id = (
    SELECT min(response.id)
    FROM call CROSS JOIN response ON response.call = call.id
    WHERE call.request = :request AND call.invocation > :after AND response.outcome = 'answered'
)
