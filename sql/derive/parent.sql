-- A standing as others are made from it.
SELECT standing.step, work_item.work_id, standing.planned, standing.status, standing.position, standing.path,
       standing.input_row, standing.row_group, standing.cache_entry, standing.round, input_row.row_id,
       row_group.group_key, CASE work_item.source_kind WHEN 'join' THEN work_item.source -> '$[1].key' END AS item
FROM standing
JOIN work_item ON work_item.id = standing.work_item
LEFT JOIN input_row ON input_row.id = standing.input_row
LEFT JOIN row_group ON row_group.id = standing.row_group
WHERE standing.id = :standing
