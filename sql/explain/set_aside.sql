-- The latest `clean` that set the attempts of a round aside: of the run file, or the one :own of the work item alone.
SELECT coalesce(round.detail ->> '$.command', 'clean --from ' || round.stage) AS command, round.invocation,
       round.created_at
FROM round
WHERE round.kind = 'clean' AND round.id > :round
  AND (round.stage IN ('acquire', 'schema', 'contract', 'ingest', 'plan', 'generate') OR round.id = :own)
ORDER BY round.id DESC LIMIT 1
