-- The progress of each step, in the order of the steps.
SELECT progress.step, planned, accepted, rejected, failed, skipped, blocked, pending, in_flight
FROM progress CROSS JOIN step ON step.name = progress.step ORDER BY step.position, progress.variant
