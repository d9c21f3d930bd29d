-- Where the work items of a variant stand, by step, repeat and status.
SELECT step.name, step.repeat, tally.status, tally.items
FROM step CROSS JOIN tally ON tally.step = step.id
WHERE step.variant = :variant AND step.repeat <= :repeats AND step.position >= 0 AND tally.items > 0
ORDER BY step.repeat, step.position, step.id, tally.status
