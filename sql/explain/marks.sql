-- What the rounds of `clean` have left in force for work items: attempts from a round on, decisions of people from a
-- round on, and answers to calls of later invocations.
SELECT coalesce(max(id) FILTER (WHERE stage IN ('acquire', 'schema', 'contract', 'ingest', 'plan', 'generate')), 0) AS attempts,
       coalesce(max(id) FILTER (WHERE tape = 1), 0) AS decisions,
       coalesce(max(invocation) FILTER (WHERE tape = 1), 0) AS tape
FROM round WHERE kind = 'clean'
