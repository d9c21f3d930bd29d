-- The rowid of a configuration.
SELECT id FROM config WHERE config_id = :config_id
