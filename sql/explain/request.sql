-- A request with all that its id is computed from except its messages.
SELECT request.request_id, request.sample, request.matched, request.item, spec.provider, spec.model, spec.body
FROM request JOIN spec ON spec.id = request.spec
WHERE request.id = :request
