-- The progress of each step of the task itself, in the order of the steps.
SELECT progress.step, planned, accepted, rejected, failed, skipped, blocked, pending
FROM progress
CROSS JOIN step ON step.name = progress.step AND step.variant = 1 AND step.repeat = 1
WHERE progress.variant = (SELECT name FROM variant WHERE id = 1) AND progress.repeat = 1
ORDER BY step.position
