-- The largest output among the :newest responses, by what their requests share: the model and the output limit are
-- parts of it.
SELECT spec.model, spec.body ->> '$.parameters.max_output_tokens' AS most, max(response.output_tokens) AS output
FROM response
JOIN call ON call.id = response.call
JOIN request ON request.id = call.request
JOIN spec ON spec.id = request.spec
WHERE response.id > (SELECT coalesce(max(id), 0) FROM response) - :newest AND response.output_tokens IS NOT NULL
GROUP BY spec.id
ORDER BY spec.id
