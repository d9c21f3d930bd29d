-- How many work items of the plan of each step are rows, and how many rows their data set has, in the order of the steps.
SELECT step.name AS step, count(*) AS items, max(dataset.row_count) AS row_count
FROM work_item JOIN step ON step.id = work_item.step
JOIN input_row ON input_row.id = work_item.input_row JOIN dataset ON dataset.id = input_row.dataset
WHERE work_item.planned = 1 AND work_item.source_kind = 'row'
GROUP BY step.id ORDER BY step.position
