-- The answers to the planned work items of a step, under their present task, whose usage is odd, by model: with output
-- that the provider did not count as such, and to prompts that it did not read to their end. Calls of invocations up to
-- :after do not count.
SELECT coalesce(response.model, spec.model) AS model,
       count(odd_usage.hidden_tokens) AS hidden_answers,
       CAST(total(odd_usage.hidden_tokens) AS INTEGER) AS hidden_tokens,
       sum(odd_usage.hidden_tokens IS NOT NULL AND response.cost_usd IS NULL) AS unpriced,
       count(odd_usage.unread_tokens) AS cut_answers,
       max(CASE WHEN odd_usage.unread_tokens IS NOT NULL THEN response.input_tokens END) AS most_read
FROM odd_usage
CROSS JOIN response ON response.id = odd_usage.response
CROSS JOIN call ON call.id = response.call
CROSS JOIN request ON request.id = call.request
CROSS JOIN spec ON spec.id = request.spec
CROSS JOIN standing ON standing.work_item = call.work_item AND standing.variant = 1 AND standing.repeat = 1
CROSS JOIN task ON task.id = standing.task
WHERE standing.step = :step AND standing.planned = 1
  AND call.started_at >= task.created_at AND call.invocation > :after
GROUP BY coalesce(response.model, spec.model)
ORDER BY coalesce(response.model, spec.model)
