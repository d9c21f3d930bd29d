-- Plans that do not fit the task or the configuration that they name, in their order. Each variant has a configuration of
-- its own.
SELECT plan.id
FROM plan
CROSS JOIN task ON task.id = plan.task
CROSS JOIN invocation ON invocation.id = plan.invocation
CROSS JOIN step ON step.id = plan.step
WHERE task.step <> step.base OR step.variant = 1 AND step.repeat = 1 AND invocation.command <> 'eval'
  AND plan.config IS NOT invocation.config
ORDER BY plan.id LIMIT 20
