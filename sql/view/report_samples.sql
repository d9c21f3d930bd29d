-- The first :limit accepted work items of the last step in each of the groups :groups, in the order of their ids.
WITH shown AS MATERIALIZED (
    SELECT key AS place, value AS row_group FROM json_each(:groups)
),
picked AS (
    SELECT standing.id, work_item.work_id, shown.place,
           row_number() OVER (PARTITION BY shown.place ORDER BY work_item.work_id, standing.id) AS number
    FROM standing
    JOIN shown ON shown.row_group IS standing.row_group
    JOIN work_item ON work_item.id = standing.work_item
    WHERE standing.planned = 1
        AND standing.status = 'accepted'
        AND standing.step IN (SELECT value FROM json_each(:steps))
)
SELECT picked.place,
       picked.work_id,
       input_row.row_index,
       dataset.columns,
       input_row.fields,
       cache_entry.output,
       attempt.verdict,
       attempt.score,
       attempt.reasons,
       standing.attempts,
       substr(context.body, 1, 4000) AS context
FROM picked
CROSS JOIN standing ON standing.id = picked.id
JOIN cache_entry ON cache_entry.id = standing.cache_entry
LEFT JOIN attempt ON attempt.id = standing.last_attempt
LEFT JOIN input_row ON input_row.id = standing.input_row
LEFT JOIN dataset ON dataset.id = input_row.dataset
LEFT JOIN row_group ON row_group.id = standing.row_group AND standing.input_row IS NULL
LEFT JOIN text AS context ON context.id = row_group.context
WHERE picked.number <= :limit
ORDER BY picked.place, picked.number
