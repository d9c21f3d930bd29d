-- The largest output, and the most input beyond a request's own, among the :newest responses, by what their requests
-- share: the model and the output limit are parts of it. Failed calls may report their usage, too.
SELECT spec.model, spec.body ->> '$.parameters.max_output_tokens' AS most, max(response.output_tokens) AS output,
       max(odd_usage.excess_tokens) AS excess
FROM response
JOIN call ON call.id = response.call
JOIN request ON request.id = call.request
JOIN spec ON spec.id = request.spec
LEFT JOIN odd_usage ON odd_usage.response = response.id
WHERE response.id > (SELECT coalesce(max(id), 0) FROM response) - :newest
  AND (response.output_tokens IS NOT NULL OR odd_usage.excess_tokens IS NOT NULL)
GROUP BY spec.id
ORDER BY spec.id
