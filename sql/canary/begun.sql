-- The newest run that was begun, finished or not: what it was planned from, when, and whether that was within a day.
SELECT step.repeat AS number, step.variant, plan.dataset, plan.config, plan.created_at,
       julianday(:now) - julianday(plan.created_at) < 1 AS is_recent,
       EXISTS (SELECT 1 FROM canary WHERE canary.number = step.repeat) AS is_finished
FROM plan CROSS JOIN step ON step.id = plan.step
ORDER BY step.repeat DESC, plan.id LIMIT 1
