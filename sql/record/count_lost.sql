-- The number of calls without a response from processes that are gone. They may have been billed.
SELECT count(*) AS calls
FROM invocation
CROSS JOIN spending ON spending.invocation = invocation.id
CROSS JOIN call ON call.id >= spending.oldest_open AND call.invocation = invocation.id
WHERE invocation.status = 'running' AND NOT EXISTS (SELECT 1 FROM response WHERE response.call = call.id)
