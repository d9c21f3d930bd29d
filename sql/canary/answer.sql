-- Where a work item stands under a variant in a repeat: its accepted output, its exact task but for its values, what it is
-- about, and what came with the answer that decided it. Asked of another run file too, by the id.
SELECT standing.status, cache_entry.output, task.task_id, input_row.fields, dataset.columns, row_group.group_context_id,
       coalesce(attempt.outcome = 'accepted' OR attempt.output IS NOT NULL, 0) AS is_valid,
       coalesce(response.finish IN ('refusal', 'content_filter'), 0) AS is_refusal, response.duration_ms, response.model,
       CASE WHEN json_valid(response.envelope) THEN response.envelope ->> '$.system_fingerprint' END AS fingerprint
FROM work_item
CROSS JOIN standing ON standing.work_item = work_item.id AND standing.variant = :variant AND standing.repeat = :repeat
CROSS JOIN task ON task.id = standing.task
LEFT JOIN cache_entry ON cache_entry.id = standing.cache_entry
LEFT JOIN attempt ON attempt.id = standing.last_attempt
LEFT JOIN response ON response.id = attempt.response
LEFT JOIN input_row ON input_row.id = standing.input_row
LEFT JOIN dataset ON dataset.id = input_row.dataset
LEFT JOIN row_group ON row_group.id = standing.row_group
WHERE substr(work_item.work_id, 1, 16) = substr(:work_id, 1, 16) AND work_item.work_id = :work_id
  AND standing.planned = 1
