-- Attempts with a verdict that no judge gave, in their order.
SELECT id FROM attempt
WHERE verdict IS NOT NULL AND NOT EXISTS (SELECT 1 FROM verdict WHERE verdict.attempt = attempt.id)
ORDER BY id LIMIT 20
