-- Records a step of a variant in a repeat once. Its base is the step of its name under the first variant in the first
-- repeat, which is recorded first.
INSERT INTO step (id, name, perspective, position, variant, repeat, base)
SELECT next.id, :name, :perspective, :position, :variant, :repeat, coalesce((
           SELECT base.id FROM step AS base WHERE base.name = :name AND base.variant = 1 AND base.repeat = 1
       ), next.id)
FROM (SELECT coalesce(max(step.id), 0) + 1 AS id FROM step) AS next
WHERE true
ON CONFLICT (name, variant, repeat) DO NOTHING
