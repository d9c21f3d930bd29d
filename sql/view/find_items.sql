-- Work items whose id begins with a text of hex digits, planned ones first, in the order of the plan: those of a
-- variant in a repeat, or with :anywhere those of all.
SELECT work_item.id, work_item.work_id, step.name AS step, input_row.row_index, row_group.group_key
FROM work_item
CROSS JOIN standing ON standing.id = (
    SELECT one.id FROM standing AS one
    WHERE one.work_item = work_item.id AND (:anywhere OR one.variant = :variant AND one.repeat = :repeat)
    ORDER BY one.variant, one.repeat LIMIT 1
)
JOIN step ON step.id = work_item.step
LEFT JOIN input_row ON input_row.id = standing.input_row
LEFT JOIN row_group ON row_group.id = standing.row_group
WHERE substr(work_item.work_id, 1, 16) >= substr(:prefix, 1, 16)
  AND substr(work_item.work_id, 1, 16) < substr(:prefix, 1, 16) || 'g' -- no hex digit comes after `f`
  AND substr(work_item.work_id, 1, length(:prefix)) = :prefix
ORDER BY standing.planned DESC, step.position, standing.position, standing.path, work_item.work_id LIMIT :most
