-- The configuration of the newest plan that was made or found unchanged.
SELECT config.snapshot FROM plan JOIN config ON config.id = plan.config ORDER BY plan.id DESC LIMIT 1
