-- The configurations that the newest plans of two variants were made for.
SELECT
    (SELECT config.snapshot FROM a.plan
     JOIN a.step ON step.id = plan.step
     JOIN a.config ON config.id = plan.config
     WHERE step.variant = :variant_a ORDER BY plan.id DESC LIMIT 1) AS a,
    (SELECT config.snapshot FROM b.plan
     JOIN b.step ON step.id = plan.step
     JOIN b.config ON config.id = plan.config
     WHERE step.variant = :variant_b ORDER BY plan.id DESC LIMIT 1) AS b
