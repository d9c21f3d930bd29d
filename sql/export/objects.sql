-- The accepted outputs of a step with what templates see of their work items, in the order of the plan.
SELECT standing.id, work_item.work_id, input_row.fields, row_group.group_key, row_group.row_count, cache_entry.output,
       CASE work_item.source_kind
           WHEN 'element' THEN coalesce(standing.item, work_item.source -> '$[2]')
           WHEN 'pair' THEN coalesce(standing.item, work_item.source -> '$[2]')
           WHEN 'join' THEN work_item.source -> '$[1].key'
           ELSE standing.item
       END AS item
FROM standing
CROSS JOIN work_item ON work_item.id = standing.work_item
CROSS JOIN cache_entry ON cache_entry.id = standing.cache_entry
LEFT JOIN input_row ON input_row.id = standing.input_row
LEFT JOIN row_group ON row_group.id = standing.row_group
WHERE standing.step = :step AND standing.planned = 1
  AND standing.status = 'accepted'
ORDER BY standing.position, standing.path, work_item.work_id
