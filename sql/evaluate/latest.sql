-- The newest evaluation.
SELECT id, inputs, outputs FROM manifest WHERE stage = 'evaluate' AND status = 'done' ORDER BY id DESC LIMIT 1
