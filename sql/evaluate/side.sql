-- A work item under a variant in the first repeat: its accepted output, what it is about, and its gold answer. Of one that a
-- person decided on, what the model had come to is what counts.
SELECT cache_entry.output, input_row.row_index, dataset.columns, input_row.fields, standing.item,
       substr(context.body, 1, 1000) AS context, gold_answer.answer
FROM model_standing AS standing
LEFT JOIN cache_entry ON cache_entry.id = standing.model_entry
LEFT JOIN input_row ON input_row.id = standing.input_row
LEFT JOIN dataset ON dataset.id = input_row.dataset
LEFT JOIN row_group ON row_group.id = standing.row_group
LEFT JOIN text AS context ON context.id = row_group.context AND standing.input_row IS NULL
LEFT JOIN temp.gold_answer ON gold_answer.source = coalesce(input_row.row_id, row_group.group_key)
WHERE standing.work_item = :work_item AND standing.variant = :variant AND standing.repeat = 1
