-- How long answered calls took, by who was asked and what for, in the order of the time.
SELECT spec.provider,
       coalesce(call.model, spec.model) AS model,
       call.purpose,
       call.duration_ms,
       count(*) AS calls
FROM call
JOIN request ON request.id = call.request
JOIN spec ON spec.id = request.spec
WHERE call.outcome = 'answered' AND call.duration_ms IS NOT NULL
GROUP BY spec.provider, coalesce(call.model, spec.model), call.purpose, call.duration_ms
ORDER BY spec.provider, model, call.purpose, call.duration_ms
