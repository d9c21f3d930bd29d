-- The configurations that the newest plans of two variants were made for.
SELECT
    (SELECT config.snapshot FROM a.config WHERE config.id = (
        SELECT newest.config FROM a.plan AS newest WHERE newest.id = (
            SELECT max(plan.id) FROM a.step CROSS JOIN a.plan ON plan.step = step.id
            WHERE step.variant = :variant_a AND plan.config IS NOT NULL
        )
    )) AS a,
    (SELECT config.snapshot FROM b.config WHERE config.id = (
        SELECT newest.config FROM b.plan AS newest WHERE newest.id = (
            SELECT max(plan.id) FROM b.step CROSS JOIN b.plan ON plan.step = step.id
            WHERE step.variant = :variant_b AND plan.config IS NOT NULL
        )
    )) AS b
