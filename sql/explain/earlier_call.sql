-- The latest call for a request before another call.
SELECT call.id, call.outcome, call.error_kind, call.invocation
FROM call WHERE call.request = :request AND call.id < :call ORDER BY call.id DESC LIMIT 1
