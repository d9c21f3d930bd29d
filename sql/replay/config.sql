-- A configuration.
SELECT snapshot FROM config WHERE id = :config
