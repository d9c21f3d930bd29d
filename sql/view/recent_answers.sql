-- What the newest answers of each model took, by what they were for.
SELECT call.purpose, spec.model, count(*) AS calls, avg(call.output_tokens) AS output_tokens,
       avg(call.duration_ms) AS duration_ms
FROM call
JOIN request ON request.id = call.request
JOIN spec ON spec.id = request.spec
WHERE call.id > (SELECT coalesce(max(id), 0) FROM call) - :newest AND call.outcome = 'answered'
GROUP BY call.purpose, spec.model
