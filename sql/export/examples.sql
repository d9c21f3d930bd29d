-- Every work item of a step with what an example for fine-tuning is made of, in the order of the plan: the first request
-- of its latest series of attempts, without the corrections of later ones, and its accepted output.
SELECT work_item.work_id, standing.status, standing.task, input_row.row_id, input_row.fields, row_group.group_key,
       attempt.outcome, attempt.verdict, cache_entry.output, cache_entry.first_line, request.messages
FROM standing
CROSS JOIN work_item ON work_item.id = standing.work_item
LEFT JOIN input_row ON input_row.id = standing.input_row
LEFT JOIN row_group ON row_group.id = standing.row_group
LEFT JOIN attempt ON attempt.id = standing.last_attempt
LEFT JOIN cache_entry ON cache_entry.id = standing.cache_entry
LEFT JOIN request ON request.id = (
    SELECT tried.request FROM attempt AS tried
    WHERE tried.work_item = standing.work_item AND tried.cache_id = standing.cache_id AND tried.number = 1
      AND tried.request IS NOT NULL
    ORDER BY tried.id DESC LIMIT 1
)
WHERE standing.step = :step AND standing.planned = 1
ORDER BY standing.position, standing.path, work_item.work_id
