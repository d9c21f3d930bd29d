-- The rows that a step was planned for in an invocation or last before it: those of the latest such plan.
SELECT CAST(inputs ->> 'dataset' AS INTEGER) AS dataset FROM manifest
WHERE stage = 'plan' AND status IN ('done', 'reused') AND (step = :step OR step IS NULL)
  AND invocation <= :invocation AND inputs ->> 'dataset' IS NOT NULL
ORDER BY id DESC LIMIT 1
