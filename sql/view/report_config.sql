-- The configuration of the latest invocation that had one.
SELECT config.config_id, config.snapshot
FROM invocation JOIN config ON config.id = invocation.config
ORDER BY invocation.id DESC LIMIT 1
