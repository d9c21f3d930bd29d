-- How many work items of the plan come from rows, and how many rows their data set has.
SELECT count(*) AS items, max(dataset.row_count) AS row_count
FROM work_item JOIN input_row ON input_row.id = work_item.input_row JOIN dataset ON dataset.id = input_row.dataset
WHERE work_item.planned = 1
