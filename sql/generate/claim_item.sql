-- One work item that has an exact task, with everything that prompts may see.
SELECT standing.id, standing.work_item, work_item.work_id, standing.cache_id, standing.round, standing.sample,
       coalesce(standing.tape_aside, 0) AS tape_round,
       coalesce((SELECT round.invocation FROM round WHERE round.id = standing.tape_aside), 0) AS tape_after,
       standing.position, standing.images,
       CASE work_item.source_kind
           WHEN 'element' THEN coalesce(standing.item, work_item.source -> '$[2]')
           WHEN 'pair' THEN coalesce(standing.item, work_item.source -> '$[2]')
           WHEN 'join' THEN work_item.source -> '$[1].key'
           ELSE standing.item
       END AS item,
       input_row.fields, row_group.group_key, row_group.row_count, row_group.context
FROM standing
JOIN work_item ON work_item.id = standing.work_item
LEFT JOIN input_row ON input_row.id = standing.input_row
LEFT JOIN row_group ON row_group.id = standing.row_group
WHERE standing.id = :standing
