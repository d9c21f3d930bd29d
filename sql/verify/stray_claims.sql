-- Claims of attempts at tasks that declare no evidence, by id.
SELECT claim.id AS id
FROM claim CROSS JOIN attempt ON attempt.id = claim.attempt CROSS JOIN task ON task.id = attempt.task
WHERE task.parts -> '$.evidence' IS NULL ORDER BY claim.id
