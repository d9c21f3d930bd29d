-- The calls for a work item, in the order in which they were sent.
SELECT call.purpose, request.request_id, spec.provider, coalesce(response.model, spec.model) AS model,
       CASE
           WHEN response.outcome IS NOT NULL THEN response.outcome
           WHEN invocation.status = 'running' THEN 'in_flight'
           ELSE 'lost'
       END AS outcome,
       response.http_status, response.finish, response.error_kind, response.error, response.duration_ms,
       response.input_tokens, response.output_tokens, response.cached_tokens, response.reasoning_tokens,
       response.cost_usd, call.started_at
FROM call
JOIN invocation ON invocation.id = call.invocation
JOIN request ON request.id = call.request
JOIN spec ON spec.id = request.spec
LEFT JOIN response ON response.call = call.id
WHERE call.work_item = :item ORDER BY call.id
