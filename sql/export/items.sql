-- Every work item of the plan with all that is exported of it, in the order of the plan. The request is looked at only
-- where the provider did not name the model.
SELECT work_item.work_id, step.name AS step, input_row.row_id, input_row.row_index, input_row.fields,
       row_group.group_key, row_group.row_count AS group_rows, context.body AS context, work_item.status,
       attempt.outcome, attempt.detail, attempt.verdict, attempt.score, attempt.reasons, work_item.attempts,
       coalesce(call.model, (SELECT spec.model FROM request JOIN spec ON spec.id = request.spec
                             WHERE request.id = attempt.request)) AS model,
       cache_entry.output, call.answer, 'human:' || decision.decided_by AS decided_by,
       (SELECT CASE WHEN count(*) = count(asked.cost_usd) THEN total(asked.cost_usd) END
        FROM call AS asked WHERE asked.work_item = work_item.id AND asked.outcome IN ('answered', 'failed')) AS cost_usd
FROM work_item
JOIN step ON step.id = work_item.step
LEFT JOIN input_row ON input_row.id = work_item.input_row
LEFT JOIN row_group ON row_group.id = work_item.row_group
LEFT JOIN text AS context ON context.id = row_group.context
LEFT JOIN attempt ON attempt.id = work_item.last_attempt
LEFT JOIN call ON call.id = attempt.call
LEFT JOIN cache_entry ON cache_entry.id = work_item.cache_entry
LEFT JOIN decision ON decision.attempt = attempt.id
WHERE work_item.step = :step AND work_item.planned = 1
ORDER BY work_item.position
