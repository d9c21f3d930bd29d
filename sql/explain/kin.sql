-- The work item that is most like one without a record: among those that the plan no longer has, the one whose row has
-- the most fields in common with the row, and among equals the nearest one. In this order.
SELECT work_item.id, work_item.work_id, input_row.row_index,
       (SELECT count(*) FROM json_each(input_row.fields) AS field WHERE field.value = :fields ->> field.key) AS equal
FROM standing
JOIN work_item ON work_item.id = standing.work_item
JOIN input_row ON input_row.id = standing.input_row
JOIN dataset ON dataset.id = input_row.dataset
WHERE standing.step = :step AND standing.planned = 0
  AND work_item.source_kind = 'row' AND work_item.id <> :item
  AND json_array_length(:fields) - json_array_length(dataset.columns) IN (0, 1)
  AND EXISTS (SELECT 1 FROM attempt WHERE attempt.work_item = work_item.id)
ORDER BY equal DESC, abs(input_row.row_index - :row_index), work_item.id LIMIT 1
