-- Records a promotion.
INSERT INTO promotion (invocation, stage, variant, evaluation, config, pin, metrics, gates, verdict, reason, promoted_by,
    promoted_at)
VALUES (:invocation, :stage, :variant, :evaluation, :config, :pin, :metrics, :gates, :verdict, :reason, :promoted_by,
    :promoted_at)
