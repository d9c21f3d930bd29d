-- Every work item of the plan with all that is exported of it, in the order of the plan. The request is read only where
-- the response does not name the model.
SELECT work_item.work_id, step.name AS step, input_row.row_id, input_row.row_index, input_row.fields,
       row_group.group_key, row_group.row_count AS group_rows, context.body AS context, standing.status,
       attempt.outcome, attempt.detail, attempt.verdict, attempt.score, attempt.reasons, standing.attempts,
       coalesce(response.model, (SELECT spec.model FROM request JOIN spec ON spec.id = request.spec
                                 WHERE request.id = attempt.request)) AS model,
       cache_entry.output, response.answer, 'human:' || decision.decided_by AS decided_by,
       (SELECT CASE WHEN count(*) = count(paid.cost_usd) THEN total(round(paid.cost_usd * 1e12)) / 1e12 END
        FROM call AS asked CROSS JOIN response AS paid ON paid.call = asked.id
        WHERE asked.work_item = standing.work_item) AS cost_usd
FROM step
CROSS JOIN standing ON standing.step = step.id
CROSS JOIN work_item ON work_item.id = standing.work_item
LEFT JOIN input_row ON input_row.id = standing.input_row
LEFT JOIN row_group ON row_group.id = standing.row_group
LEFT JOIN text AS context ON context.id = row_group.context
LEFT JOIN attempt ON attempt.id = standing.last_attempt
LEFT JOIN response ON response.id = attempt.response
LEFT JOIN cache_entry ON cache_entry.id = standing.cache_entry
LEFT JOIN decision ON decision.attempt = attempt.id
WHERE step.id = :step AND standing.planned = 1 AND standing.variant = 1 AND standing.repeat = 1
ORDER BY standing.position, standing.path, work_item.work_id
