-- The newest finished manifest of a stage, and of a step or of a collection of knowledge if it has one, that has not
-- been set aside.
SELECT id, inputs, outputs, counts FROM manifest
WHERE stage = :stage AND step IS :step AND status = 'done' AND +invocation > :after
  AND inputs ->> '$.knowledge' IS :knowledge
ORDER BY id DESC LIMIT 1
