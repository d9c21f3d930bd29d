-- Records what a step was planned from, unless its latest plan says the same. Without :config, the configuration is that
-- of the invocation.
INSERT INTO plan (invocation, step, task, dataset, config, created_at, knowledge)
SELECT :invocation, :step, :task, :dataset, coalesce(:config, invocation.config), :now, :knowledge
FROM invocation
WHERE invocation.id = :invocation AND NOT EXISTS (
    SELECT 1 FROM plan AS latest
    WHERE latest.id = (SELECT max(plan.id) FROM plan WHERE plan.step = :step)
      AND (latest.task, latest.dataset, latest.config, latest.knowledge)
          IS (:task, :dataset, coalesce(:config, invocation.config), :knowledge)
)
