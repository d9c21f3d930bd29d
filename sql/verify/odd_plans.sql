-- Plans that do not fit the task or the configuration that they name, in their order.
SELECT plan.id
FROM plan
CROSS JOIN task ON task.id = plan.task
CROSS JOIN invocation ON invocation.id = plan.invocation
WHERE task.step <> plan.step OR plan.config IS NOT invocation.config
ORDER BY plan.id LIMIT 20
