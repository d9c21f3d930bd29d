-- The configuration of the newest invocation that had one.
SELECT config.snapshot FROM invocation JOIN config ON config.id = invocation.config ORDER BY invocation.id DESC LIMIT 1
