-- Work items whose id begins with a text, planned ones first, in the order of the plan.
SELECT work_item.id, work_item.work_id, step.name AS step, input_row.row_index, row_group.group_key
FROM work_item
JOIN step ON step.id = work_item.step
LEFT JOIN input_row ON input_row.id = work_item.input_row
LEFT JOIN row_group ON row_group.id = work_item.row_group
WHERE substr(work_item.work_id, 1, length(:prefix)) = :prefix
ORDER BY work_item.planned DESC, step.position, work_item.position LIMIT :most
