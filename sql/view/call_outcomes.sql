-- The number of calls without a response: lost ones, and those in flight. One process writes at a time, so the calls of
-- an invocation are consecutive: only they are read, from its oldest open one on.
WITH RECURSIVE sent (invocation, call) AS (
    SELECT invocation, oldest_open FROM spending WHERE oldest_open IS NOT NULL
    UNION ALL
    SELECT sent.invocation, call.id
    FROM sent CROSS JOIN call ON call.id = sent.call + 1
    WHERE call.invocation = sent.invocation
)
SELECT coalesce(sum(invocation.status <> 'running'), 0) AS lost,
       coalesce(sum(invocation.status = 'running'), 0) AS in_flight
FROM sent CROSS JOIN invocation ON invocation.id = sent.invocation
WHERE NOT EXISTS (SELECT 1 FROM response WHERE response.call = sent.call)
