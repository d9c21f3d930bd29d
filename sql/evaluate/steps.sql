-- The steps of a variant in its repeats, with what they were last planned from, in the order of the task.
SELECT step.name, step.repeat, plan.task, plan.dataset, plan.config
FROM step
LEFT JOIN plan ON plan.id = (SELECT max(latest.id) FROM plan AS latest WHERE latest.step = step.id)
WHERE step.variant = :variant AND step.repeat <= :repeats AND step.position >= 0
ORDER BY step.repeat, step.position, step.id
