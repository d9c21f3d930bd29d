-- The latest `clean` that set an attempt aside.
SELECT set_aside.stage, set_aside.invocation, set_aside.created_at
FROM set_aside
WHERE set_aside.last_attempt >= :attempt AND set_aside.stage IN ('schema', 'contract', 'ingest', 'plan', 'generate')
ORDER BY set_aside.id DESC LIMIT 1
