-- Plans whose collections of knowledge do not fit, in their order: what they name is no data set of that collection, or
-- not the one that their task reads.
SELECT plan.id
FROM plan
CROSS JOIN task ON task.id = plan.task
WHERE EXISTS (
    SELECT 1
    FROM json_each(plan.knowledge) AS planned
    LEFT JOIN dataset ON dataset.id = planned.value AND dataset.name = planned.key AND dataset.role = 'knowledge'
    LEFT JOIN json_each(task.parts, '$.documents.knowledge') AS read ON read.key = planned.key
    WHERE dataset.id IS NULL OR read.value <> dataset.dataset_id
)
   OR EXISTS (
    SELECT 1
    FROM json_each(task.parts, '$.documents.knowledge') AS read
    WHERE NOT EXISTS (SELECT 1 FROM json_each(plan.knowledge) AS planned WHERE planned.key = read.key)
)
ORDER BY plan.id LIMIT 20
