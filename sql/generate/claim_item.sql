-- One open work item with all that prompts may see, and how many attempts its exact task has had.
SELECT work_item.id, work_item.work_id, work_item.cache_id, work_item.sample,
       (SELECT coalesce(max(attempt.number), 0) FROM attempt
        WHERE attempt.work_item = work_item.id AND attempt.cache_id = work_item.cache_id
          AND attempt.sample = work_item.sample) AS attempts,
       work_item.position, work_item.images, work_item.item, input_row.fields,
       row_group.group_key, row_group.row_count, row_group.context
FROM work_item
LEFT JOIN input_row ON input_row.id = work_item.input_row
LEFT JOIN row_group ON row_group.id = work_item.row_group
WHERE work_item.id = :item AND work_item.planned = 1 AND work_item.status = 'pending' AND work_item.cache_id <> ''
