-- All calls of the run file by endpoint, purpose and outcome, in that order. The sums leave out what was not reported;
-- the `…_known` columns say for how many calls it was reported.
SELECT spec.provider,
       coalesce(response.model, spec.model) AS model,
       call.purpose,
       CASE
           WHEN response.outcome IS NOT NULL THEN response.outcome
           WHEN invocation.status = 'running' THEN 'in_flight'
           ELSE 'lost'
       END AS outcome,
       response.error_kind,
       count(*) AS calls,
       sum(1.0 * response.input_tokens) AS input_tokens, count(response.input_tokens) AS input_known,
       sum(1.0 * response.output_tokens) AS output_tokens, count(response.output_tokens) AS output_known,
       sum(1.0 * response.cached_tokens) AS cached_tokens, count(response.cached_tokens) AS cached_known,
       sum(1.0 * response.reasoning_tokens) AS reasoning_tokens, count(response.reasoning_tokens) AS reasoning_known,
       sum(round(response.cost_usd * 1e12)) AS cost_pico, count(response.cost_usd) AS cost_known
FROM call
JOIN invocation ON invocation.id = call.invocation
JOIN request ON request.id = call.request
JOIN spec ON spec.id = request.spec
LEFT JOIN response ON response.call = call.id
GROUP BY 1, 2, 3, 4, 5
ORDER BY 1, 2, 3, 4, 5
