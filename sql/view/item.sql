-- One work item with its source, its standing under a variant, in a repeat, and its accepted output.
SELECT work_item.work_id, step.name AS step, work_item.source_kind, standing.id AS standing, standing.planned,
       standing.status, standing.attempts, standing.sample, standing.cache_id, task.task_id,
       CASE work_item.source_kind
           WHEN 'element' THEN coalesce(standing.item, work_item.source -> '$[2]')
           WHEN 'pair' THEN coalesce(standing.item, work_item.source -> '$[2]')
           WHEN 'join' THEN work_item.source -> '$[1].key'
           ELSE standing.item
       END AS item,
       standing.reason,
       input_row.row_id, input_row.row_index, input_row.line, input_row.fields, dataset.columns,
       coalesce(document.name, dataset.name) AS dataset, document.name AS document,
       row_group.group_key, row_group.row_count AS group_rows, row_group.included_rows, text.body AS context,
       cache_entry.output
FROM work_item
JOIN standing ON standing.work_item = work_item.id AND standing.variant = :variant AND standing.repeat = :repeat
JOIN step ON step.id = work_item.step
JOIN task ON task.id = standing.task
LEFT JOIN input_row ON input_row.id = standing.input_row
LEFT JOIN dataset ON dataset.id = input_row.dataset
LEFT JOIN document ON document.id = input_row.document
LEFT JOIN row_group ON row_group.id = standing.row_group
LEFT JOIN text ON text.id = row_group.context
LEFT JOIN cache_entry ON cache_entry.id = standing.cache_entry
WHERE work_item.id = :item
