-- The evidence that the present task of a step declares; NULL if it declares none. All that is planned has one task.
SELECT task.parts -> '$.evidence' AS evidence
FROM standing CROSS JOIN task ON task.id = standing.task
WHERE standing.step = :step AND standing.planned = 1 LIMIT 1
