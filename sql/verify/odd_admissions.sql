-- Rows of a live run that no work item answers, or one of another row; and data sets of it with other columns than its
-- first one.
SELECT 'row ' || input_row.row_id AS id
FROM dataset
CROSS JOIN input_row ON input_row.dataset = dataset.id
LEFT JOIN admission ON admission.input_row = input_row.id
LEFT JOIN work_item ON work_item.id = admission.work_item
LEFT JOIN input_row AS first_row ON first_row.id = work_item.input_row
WHERE dataset.format = 'live' AND first_row.row_id IS NOT input_row.row_id
UNION ALL
SELECT 'data set ' || dataset.id
FROM dataset
WHERE dataset.format = 'live' AND (dataset.columns, dataset.types, dataset.key_column) IS NOT (
    SELECT first.columns, first.types, first.key_column FROM dataset AS first
    WHERE first.format = 'live' ORDER BY first.id LIMIT 1
)
