-- How many work items of the plan have a decision that their task, their input or a retry has left behind.
SELECT count(DISTINCT attempt.work_item) AS items
FROM decision
JOIN attempt ON attempt.id = decision.attempt
JOIN work_item ON work_item.id = attempt.work_item
WHERE work_item.planned = 1 AND work_item.cache_id <> attempt.cache_id
  AND NOT EXISTS (
      SELECT 1 FROM decision AS later JOIN attempt AS last ON last.id = later.attempt
      WHERE last.id = work_item.last_attempt
  )
