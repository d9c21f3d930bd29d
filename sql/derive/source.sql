-- One standing that others are made from.
-- The columns are those of a `ParentStanding`, the same in the three `next_` statements and in `source`.
SELECT standing.id, standing.step, work_item.work_id, standing.planned, standing.status,
       standing.position, standing.path, standing.input_row, standing.row_group,
       standing.cache_entry, standing.round,
       CASE work_item.source_kind WHEN 'join' THEN work_item.source -> '$[1].key' END AS item,
       input_row.row_id, CASE WHEN :keyed THEN input_row.fields END AS fields,
       row_group.group_key, row_group.group_context_id, row_group.row_count
FROM standing
CROSS JOIN work_item ON work_item.id = standing.work_item
LEFT JOIN input_row ON input_row.id = standing.input_row
LEFT JOIN row_group ON row_group.id = standing.row_group
WHERE standing.id = :standing
