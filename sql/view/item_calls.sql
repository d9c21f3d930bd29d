-- The calls that were made for one work item, in the order in which they were sent.
SELECT call.purpose, request.request_id, spec.provider, coalesce(call.model, spec.model) AS model, call.outcome,
       call.http_status, call.finish, call.error_kind, call.error, call.duration_ms, call.input_tokens,
       call.output_tokens, call.cached_tokens, call.reasoning_tokens, call.cost_usd, call.started_at
FROM call
JOIN request ON request.id = call.request
JOIN spec ON spec.id = request.spec
WHERE call.work_item = :item ORDER BY call.id
