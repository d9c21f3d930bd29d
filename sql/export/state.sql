-- What outputs are made of, as far as it can change: attempts, calls, plans, samples, what is set aside, what stages did.
SELECT (SELECT coalesce(max(id), 0) FROM attempt) AS last_attempt,
       (SELECT coalesce(max(id), 0) FROM call) AS last_call,
       (SELECT coalesce(max(id), 0) FROM set_aside) AS last_set_aside,
       (SELECT coalesce(max(id), 0) FROM manifest
        WHERE status <> 'reused' AND stage NOT IN ('export', 'report')) AS last_work,
       (SELECT coalesce(sum(sample), 0) FROM work_item) AS samples
