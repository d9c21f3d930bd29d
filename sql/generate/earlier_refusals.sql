-- What was said in invocations before this one when a model failed to answer about a work item, where that decided an
-- attempt, or the model answered a later call.
SELECT response.error
FROM call
CROSS JOIN request ON request.id = call.request
CROSS JOIN response ON response.call = call.id
WHERE call.work_item = :work_item AND call.invocation < :invocation AND request.spec = :spec
    AND response.outcome = 'failed'
    AND (
        EXISTS (SELECT 1 FROM attempt WHERE attempt.work_item = :work_item AND attempt.response = response.id)
        OR EXISTS (
            SELECT 1
            FROM call AS later
            CROSS JOIN response AS answer ON answer.call = later.id
            CROSS JOIN request AS asked ON asked.id = later.request
            WHERE later.id > call.id AND answer.outcome = 'answered' AND asked.spec = :spec
        )
    )
ORDER BY call.id
