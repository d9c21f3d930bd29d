-- All calls of the run file by who was asked, what for and how it ended, in that order; what was not reported is not
-- in the sums, and the `…_known` say for how many calls it was.
SELECT spec.provider,
       coalesce(call.model, spec.model) AS model,
       call.purpose,
       call.outcome,
       call.error_kind,
       count(*) AS calls,
       sum(call.input_tokens) AS input_tokens, count(call.input_tokens) AS input_known,
       sum(call.output_tokens) AS output_tokens, count(call.output_tokens) AS output_known,
       sum(call.cached_tokens) AS cached_tokens, count(call.cached_tokens) AS cached_known,
       sum(call.reasoning_tokens) AS reasoning_tokens, count(call.reasoning_tokens) AS reasoning_known,
       sum(call.cost_usd) AS cost_usd, count(call.cost_usd) AS cost_known
FROM call
JOIN request ON request.id = call.request
JOIN spec ON spec.id = request.spec
GROUP BY spec.provider, coalesce(call.model, spec.model), call.purpose, call.outcome, call.error_kind
ORDER BY spec.provider, model, call.purpose, call.outcome, call.error_kind
