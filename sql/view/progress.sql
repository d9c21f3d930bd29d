-- The progress of each step under each variant in each repeat, in the order of the variants, the repeats and the steps.
SELECT progress.step, planned, accepted, rejected, failed, skipped, blocked, pending, in_flight, progress.variant,
       progress.repeat, variant.id AS number
FROM progress
CROSS JOIN variant ON variant.name = progress.variant
CROSS JOIN step ON step.name = progress.step AND step.variant = variant.id AND step.repeat = progress.repeat
ORDER BY variant.id, progress.repeat, step.position
