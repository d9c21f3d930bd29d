-- The latest `clean` that set the attempts of a round aside.
SELECT round.stage, round.invocation, round.created_at
FROM round
WHERE round.kind = 'clean' AND round.id > :round AND round.stage IN ('schema', 'contract', 'ingest', 'plan', 'generate')
ORDER BY round.id DESC LIMIT 1
