-- The changes of pace in the newest invocation that has any, by model, in their order, and the end of its generation.
-- Times are milliseconds since the first change.
WITH newest AS (
    SELECT invocation, min(changed_at) AS began FROM pace
    WHERE invocation = (SELECT max(invocation) FROM pace)
    GROUP BY invocation
)
SELECT pace.model, pace.reason, pace.concurrency, pace.requests_per_minute, pace.tokens_per_minute, pace.detail,
       CAST(round((julianday(pace.changed_at) - julianday(newest.began)) * 86400000) AS INTEGER) AS at_ms,
       CAST(round((julianday((
           SELECT max(manifest.ended_at) FROM manifest
           WHERE manifest.invocation = newest.invocation AND manifest.stage = 'generate'
       )) - julianday(newest.began)) * 86400000) AS INTEGER) AS end_ms
FROM newest
JOIN pace ON pace.invocation = newest.invocation
ORDER BY pace.model, pace.id
