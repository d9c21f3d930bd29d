-- Records the configuration that an invocation uses.
UPDATE invocation SET config = :config WHERE id = :invocation
