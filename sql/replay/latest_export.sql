-- The newest finished export of a step.
SELECT inputs, outputs FROM manifest
WHERE stage = 'export' AND step = :step AND status = 'done' ORDER BY id DESC LIMIT 1
