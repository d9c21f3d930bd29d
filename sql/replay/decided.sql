-- The planned standings of a step that are decided or skipped, with their rows and groups, in the order of the plan.
SELECT standing.id, work_item.work_id, work_item.source_kind,
       CASE work_item.source_kind WHEN 'row' THEN json_array('row', first_row.row_id) ELSE work_item.source END
           AS source,
       standing.task, standing.status, standing.reason, standing.attempts, standing.cache_id, standing.last_attempt,
       standing.item,
       last.outcome, cache_entry.output,
       input_row.row_id, input_row.fields, row_group.group_key, row_group.group_context_id, row_group.row_count
FROM standing
CROSS JOIN work_item ON work_item.id = standing.work_item
LEFT JOIN input_row ON input_row.id = standing.input_row
LEFT JOIN input_row AS first_row ON first_row.id = work_item.input_row
LEFT JOIN row_group ON row_group.id = standing.row_group
LEFT JOIN attempt AS last ON last.id = standing.last_attempt
LEFT JOIN cache_entry ON cache_entry.id = standing.cache_entry
WHERE standing.step = :step AND standing.planned = 1 AND standing.status <> 'pending' AND standing.cache_id <> ''
ORDER BY standing.position, standing.id
