-- Every work item of the plan with all that is exported of it, in the order of the plan. `rejected` is the latest valid
-- output of those that count. `cost_usd` is that of the calls whose answers the attempts at the own exact task used, where the
-- work item stands under several variants or in several repeats; otherwise that of all its calls.
SELECT work_item.work_id, standing.path, step.name AS step, input_row.row_id, input_row.row_index,
       input_row.fields, row_group.group_key, row_group.row_count AS group_rows, row_group.group_context_id,
       context.body AS context, standing.status, standing.cache_id, task.task_id,
       attempt.outcome, attempt.detail, attempt.verdict, attempt.score, attempt.reasons, standing.attempts,
       request.spec, coalesce(response.model, spec.model) AS model,
       cache_entry.output, response.answer, step.perspective,
       CASE work_item.source_kind
           WHEN 'element' THEN coalesce(standing.item, work_item.source -> '$[2]')
           WHEN 'pair' THEN coalesce(standing.item, work_item.source -> '$[2]')
           WHEN 'join' THEN work_item.source -> '$[1].key'
       END AS item, 'human:' || decision.decided_by AS decided_by,
       CASE standing.status WHEN 'rejected' THEN (
           SELECT coalesce(tried.output, passed.output)
           FROM attempt AS tried
           LEFT JOIN cache_entry AS passed ON passed.work_item = tried.work_item AND passed.attempt = tried.id
           WHERE tried.work_item = standing.work_item AND tried.cache_id = standing.cache_id
             AND (tried.id = standing.last_attempt OR coalesce(tried.round, 0) >= coalesce(standing.round, 0))
             AND coalesce(tried.output, passed.output) IS NOT NULL
           ORDER BY tried.id DESC, passed.id DESC LIMIT 1
       ) END AS rejected,
       CASE WHEN EXISTS (
           SELECT 1 FROM standing AS other WHERE other.work_item = standing.work_item AND other.id <> standing.id
       ) THEN (
           SELECT CASE WHEN count(*) = count(paid.cost_usd) THEN total(round(paid.cost_usd * 1e12)) / 1e12 END
           FROM (
               SELECT own.response FROM attempt AS own
               WHERE own.work_item = standing.work_item AND own.cache_id = standing.cache_id
               UNION
               SELECT judged.response FROM attempt AS own CROSS JOIN verdict AS judged ON judged.attempt = own.id
               WHERE own.work_item = standing.work_item AND own.cache_id = standing.cache_id
           ) AS used
           CROSS JOIN response AS paid ON paid.id = used.response
           CROSS JOIN call AS asked ON asked.id = paid.call
           WHERE asked.work_item = standing.work_item
       ) ELSE (
           SELECT CASE WHEN count(*) = count(paid.cost_usd) THEN total(round(paid.cost_usd * 1e12)) / 1e12 END
           FROM call AS asked CROSS JOIN response AS paid ON paid.call = asked.id
           WHERE asked.work_item = standing.work_item
       ) END AS cost_usd
FROM step
CROSS JOIN standing ON standing.step = step.id
CROSS JOIN work_item ON work_item.id = standing.work_item
CROSS JOIN task ON task.id = standing.task
LEFT JOIN input_row ON input_row.id = standing.input_row
LEFT JOIN row_group ON row_group.id = standing.row_group
LEFT JOIN text AS context ON context.id = row_group.context
LEFT JOIN attempt ON attempt.id = standing.last_attempt
LEFT JOIN response ON response.id = attempt.response
LEFT JOIN request ON request.id = attempt.request
LEFT JOIN spec ON spec.id = request.spec
LEFT JOIN cache_entry ON cache_entry.id = standing.cache_entry
LEFT JOIN decision ON decision.attempt = attempt.id
WHERE step.id = :step AND standing.planned = 1
ORDER BY standing.position, standing.path, work_item.work_id
