-- The newest rows that an evaluation depends on: attempts, outputs and rounds.
SELECT (SELECT coalesce(max(id), 0) FROM attempt) AS last_attempt,
       (SELECT coalesce(max(id), 0) FROM cache_entry) AS last_output,
       (SELECT coalesce(max(id), 0) FROM round) AS last_round
