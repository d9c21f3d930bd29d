-- What was said when a request failed in invocations before this one, where its model answered a later call.
SELECT response.error
FROM call CROSS JOIN response ON response.call = call.id
WHERE call.request = :request AND call.invocation < :invocation AND response.outcome = 'failed'
    AND EXISTS (
        SELECT 1
        FROM call AS later
        CROSS JOIN response AS answer ON answer.call = later.id
        CROSS JOIN request ON request.id = later.request
        WHERE later.id > call.id AND answer.outcome = 'answered' AND request.spec = :spec
    )
ORDER BY call.id
