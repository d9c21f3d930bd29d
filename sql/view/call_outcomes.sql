-- How many calls ended without an answer that was read, or have not ended. One process writes at a time, so the calls of
-- an invocation stand together: those from its oldest open one on are looked at, and no others.
SELECT coalesce(sum(invocation.status <> 'running'), 0) AS lost,
       coalesce(sum(invocation.status = 'running'), 0) AS in_flight
FROM spending
CROSS JOIN invocation ON invocation.id = spending.invocation
CROSS JOIN call ON call.id >= spending.oldest_open AND call.id < spending.oldest_open + spending.calls
    AND +call.invocation = spending.invocation
WHERE NOT EXISTS (SELECT 1 FROM response WHERE response.call = call.id)
