-- The mean output tokens and duration of the newest answers, by purpose and model.
SELECT call.purpose, spec.model, count(*) AS calls, avg(response.output_tokens) AS output_tokens,
       avg(response.duration_ms) AS duration_ms
FROM response
JOIN call ON call.id = response.call
JOIN request ON request.id = call.request
JOIN spec ON spec.id = request.spec
WHERE response.id > (SELECT coalesce(max(id), 0) FROM response) - :newest AND response.outcome = 'answered'
GROUP BY call.purpose, spec.model
