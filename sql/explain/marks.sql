-- Up to which attempt and which call the record is set aside for work items.
SELECT coalesce(max(last_attempt), 0) AS last_attempt,
       coalesce((SELECT max(last_call) FROM set_aside), 0) AS last_call
FROM set_aside WHERE stage IN ('schema', 'contract', 'ingest', 'plan', 'generate')
