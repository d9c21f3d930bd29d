-- The durations of answered calls, by endpoint and purpose, in the order of the duration.
SELECT spec.provider,
       coalesce(response.model, spec.model) AS model,
       call.purpose,
       response.duration_ms,
       count(*) AS calls
FROM response
JOIN call ON call.id = response.call
JOIN request ON request.id = call.request
JOIN spec ON spec.id = request.spec
WHERE response.outcome = 'answered' AND response.duration_ms IS NOT NULL
GROUP BY spec.provider, coalesce(response.model, spec.model), call.purpose, response.duration_ms
ORDER BY spec.provider, coalesce(response.model, spec.model), call.purpose, response.duration_ms
