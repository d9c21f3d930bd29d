-- Open work items of a step over the input with everything that prompts may see, in the order of the plan.
SELECT standing.id, standing.work_item, work_item.work_id, standing.cache_id, standing.round, standing.sample,
       coalesce(standing.tape_aside, 0) AS tape_round,
       coalesce((SELECT round.invocation FROM round WHERE round.id = standing.tape_aside), 0) AS tape_after,
       standing.position, standing.images, standing.item, input_row.fields,
       row_group.group_key, row_group.row_count, row_group.context
FROM standing
JOIN work_item ON work_item.id = standing.work_item
LEFT JOIN input_row ON input_row.id = standing.input_row
LEFT JOIN row_group ON row_group.id = standing.row_group
WHERE standing.step = :step AND standing.planned = 1 AND standing.status = 'pending' AND standing.cache_id <> ''
  AND standing.position > :after AND standing.position < :before
ORDER BY standing.position LIMIT :count
