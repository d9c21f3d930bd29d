-- The work items of a step that go back to a row, by themselves, by its group or through others, in the order of the
-- plan. One without an exact task waits for what it is made from.
WITH RECURSIVE kin (id) AS (
    SELECT id FROM standing WHERE input_row = :row AND planned = 1 AND variant = 1 AND repeat = 1
    UNION
    SELECT standing.id FROM row_group
    CROSS JOIN standing ON standing.row_group = row_group.id AND standing.input_row IS NULL
    WHERE row_group.dataset = :dataset AND row_group.group_key = :group_key
        AND standing.planned = 1 AND standing.variant = 1 AND standing.repeat = 1
    UNION
    SELECT edge.child FROM kin CROSS JOIN edge ON edge.parent = kin.id
)
SELECT standing.id, work_item.work_id, input_row.row_index, row_group.group_key, standing.cache_id = '' AS waits
FROM kin
CROSS JOIN standing ON standing.id = kin.id
JOIN work_item ON work_item.id = standing.work_item
LEFT JOIN input_row ON input_row.id = standing.input_row
LEFT JOIN row_group ON row_group.id = standing.row_group
WHERE standing.step = :step AND standing.planned = 1
ORDER BY standing.position, standing.path, work_item.work_id LIMIT :most
