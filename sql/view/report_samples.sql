-- The first :limit accepted work items of the last step in the order of their ids, of each of the groups :groups.
WITH shown AS MATERIALIZED (
    SELECT key AS place, value AS row_group FROM json_each(:groups)
),
picked AS (
    SELECT work_item.id, shown.place,
           row_number() OVER (PARTITION BY shown.place ORDER BY work_item.work_id) AS number
    FROM work_item JOIN shown ON shown.row_group IS work_item.row_group
    WHERE work_item.planned = 1
        AND work_item.status = 'accepted'
        AND work_item.step = (SELECT id FROM step ORDER BY position DESC LIMIT 1)
)
SELECT picked.place,
       work_item.work_id,
       input_row.row_index,
       dataset.columns,
       input_row.fields,
       cache_entry.output,
       attempt.verdict,
       attempt.score,
       attempt.reasons,
       work_item.attempts
FROM picked
JOIN work_item ON work_item.id = picked.id
JOIN cache_entry ON cache_entry.id = work_item.cache_entry
LEFT JOIN attempt ON attempt.id = work_item.last_attempt
LEFT JOIN input_row ON input_row.id = work_item.input_row
LEFT JOIN dataset ON dataset.id = input_row.dataset
WHERE picked.number <= :limit
ORDER BY picked.place, picked.number
