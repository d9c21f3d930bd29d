-- The next rows of a batch, in their order, each with the work item that answers it.
SELECT input_row.id, input_row.row_index, input_row.row_id, admission.work_item, admission.cache_id, work_item.work_id,
       standing.cache_id AS present, standing.position
FROM input_row
CROSS JOIN admission ON admission.input_row = input_row.id
CROSS JOIN work_item ON work_item.id = admission.work_item
CROSS JOIN standing ON standing.work_item = admission.work_item AND standing.variant = 1 AND standing.repeat = 1
WHERE input_row.dataset = :dataset AND input_row.row_index >= :from
ORDER BY input_row.row_index LIMIT :count
