-- The work items of a step with their accepted outputs, their rows or groups and the gold answers of these, in the order of
-- the plan. Of one that a person decided on, what the model had come to is what counts.
SELECT standing.work_item,
       CASE
           WHEN NOT standing.is_decided THEN standing.status
           WHEN cache_entry.id IS NOT NULL THEN 'accepted'
           ELSE 'rejected'
       END AS status,
       cache_entry.output, input_row.fields, row_group.group_key, row_group.row_count, gold_answer.answer
FROM model_standing AS standing
LEFT JOIN cache_entry ON cache_entry.id = standing.model_entry
LEFT JOIN input_row ON input_row.id = standing.input_row
LEFT JOIN row_group ON row_group.id = standing.row_group
LEFT JOIN temp.gold_answer ON gold_answer.source = coalesce(input_row.row_id, row_group.group_key)
WHERE standing.step = :step AND standing.planned = 1 AND standing.position < :before
ORDER BY standing.position, standing.path, standing.work_item
