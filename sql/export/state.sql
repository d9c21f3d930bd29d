-- What outputs are made of, as far as it can change: the newest attempt, and the newest plan.
SELECT (SELECT coalesce(max(id), 0) FROM attempt) AS last_attempt, (SELECT coalesce(max(id), 0) FROM set_aside) AS last_set_aside,
       (SELECT coalesce(max(id), 0) FROM manifest WHERE stage = 'plan' AND status = 'done') AS last_plan,
       (SELECT coalesce(sum(sample), 0) FROM work_item) AS samples
