-- The rows that an invocation or one before it planned for: those of the latest such plan.
SELECT CAST(inputs ->> 'dataset' AS INTEGER) AS dataset FROM manifest
WHERE stage = 'plan' AND status IN ('done', 'reused') AND invocation <= :invocation AND inputs ->> 'dataset' IS NOT NULL
ORDER BY id DESC LIMIT 1
