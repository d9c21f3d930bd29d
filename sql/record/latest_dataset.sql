-- The rows of the newest plan.
SELECT CAST(inputs ->> 'dataset' AS INTEGER) AS dataset FROM manifest
WHERE stage = 'plan' AND status = 'done' AND inputs ->> 'dataset' IS NOT NULL ORDER BY id DESC LIMIT 1
