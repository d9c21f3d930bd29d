-- The newest rows that exports depend on: attempts, responses, rounds and manifests.
SELECT (SELECT coalesce(max(id), 0) FROM attempt) AS last_attempt,
       (SELECT coalesce(max(id), 0) FROM response) AS last_response,
       (SELECT coalesce(max(id), 0) FROM round) AS last_round,
       (SELECT coalesce(max(id), 0) FROM manifest
        WHERE status <> 'reused' AND stage NOT IN ('evaluate', 'export', 'report')) AS last_work
