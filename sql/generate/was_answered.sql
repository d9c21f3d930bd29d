-- Whether a model that is asked in this way (spec) answered anything in an invocation before this one.
SELECT EXISTS (
    SELECT 1
    FROM call
    CROSS JOIN request ON request.id = call.request
    CROSS JOIN response ON response.call = call.id
    WHERE call.invocation < :invocation AND request.spec = :spec AND response.outcome = 'answered'
) AS answered
