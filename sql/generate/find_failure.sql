-- The latest recorded failure of a request.
SELECT id, error_kind, error FROM response WHERE id = (
    SELECT max(response.id)
    FROM call CROSS JOIN response ON response.call = call.id
    WHERE call.request = :request AND call.invocation > :after AND response.outcome = 'failed'
)
