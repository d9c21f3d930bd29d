-- Notes the configuration that an invocation works by.
UPDATE invocation SET config = :config WHERE id = :invocation
