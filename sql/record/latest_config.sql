-- The configuration that the newest plan was made or confirmed for.
SELECT config.snapshot FROM plan JOIN config ON config.id = plan.config ORDER BY plan.id DESC LIMIT 1
