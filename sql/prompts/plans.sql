-- What each step of each variant was planned from, in order.
SELECT plan.invocation, step.name AS step, step.variant, variant.name, plan.task, plan.config, plan.created_at
FROM plan
CROSS JOIN step ON step.id = plan.step
CROSS JOIN variant ON variant.id = step.variant
WHERE step.repeat = 1
ORDER BY plan.id
